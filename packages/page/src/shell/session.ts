import { Code } from "@connectrpc/connect";
import type { GetSessionResponse } from "@envoy-mesh-lab/proto/page/v1/session_pb.ts";
import { SessionService } from "@envoy-mesh-lab/proto/page/v1/session_pb.ts";
import { signal } from "@preact/signals";
import { pageClient } from "./client.ts";
import { retry, timer } from "./retry.ts";

/** What the page's server said last; undefined before its first answer. */
export const session = signal<GetSessionResponse | undefined>(undefined);

/** How it stands with the server: `refused` when this browser has not the token of its session. */
export type Connection = "connecting" | "connected" | "away" | "refused";
export const connection = signal<Connection>("connecting");

/** How often the server is asked whether it is there, in milliseconds. */
const askEveryMs = 5_000;
/** How long it may take to answer that. */
const answerMs = 5_000;

const client = pageClient(SessionService);

/** Keeps {@link session} and {@link connection} up to date until the signal aborts, also across restarts of the server. */
export function keepSession(end: AbortSignal): Promise<void> {
  const ask = async (alive: () => void) => {
    while (!end.aborted) {
      session.value = await client.getSession({}, { signal: end, timeoutMs: answerMs });
      alive();
      await timer(askEveryMs, end);
    }
  };
  return retry(ask, {
    signal: end,
    onState: (failure) => {
      if (failure === undefined) connection.value = "connected";
      else connection.value = failure.code === Code.Unauthenticated ? "refused" : "away";
    },
  });
}
