import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { RetryOptions } from "./retry.ts";
import { retry } from "./retry.ts";

/** Whether anybody can see the page: one that is hidden keeps no stream open. */
export const isVisible = signal(document.visibilityState === "visible");
document.addEventListener("visibilitychange", () => {
  isVisible.value = document.visibilityState === "visible";
});

/** A stream of the page's server, and what is done with each of its messages. */
export interface Followed<T> {
  readonly open: (options: { signal: AbortSignal }) => AsyncIterable<T>;
  readonly onMessage: (message: T) => void;
  readonly onState?: RetryOptions["onState"];
}

/**
 * Follows a stream while the component is there and the page can be seen; a stream that ends is opened again. A browser opens six
 * connections to a server, over all of its tabs (HTTP/1.1, as there is no TLS here): hidden pages must not keep them.
 *
 * @param key with another one, another stream is followed.
 */
export function useStream<T>(key: string, { open, onMessage, onState }: Followed<T>): void {
  const shown = isVisible.value;
  useEffect(() => {
    if (!shown) return;
    const ending = new AbortController();
    const read = async (alive: () => void) => {
      for await (const message of open({ signal: ending.signal })) {
        alive();
        onMessage(message);
      }
    };
    // It throws nothing: what fails is told to onState.
    void retry(read, { signal: ending.signal, ...(onState === undefined ? {} : { onState }) });
    return () => ending.abort();
  }, [key, shown]);
}
