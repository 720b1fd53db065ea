import type { Analysis } from "./analysis.ts";
import type { Answer, Failed, Method, Question } from "./messages.ts";
import { startWorker } from "./start-worker.ts";

/** What the worker could not do, in words for the user. */
export class AnalysisError extends Error {
  readonly hint: string;

  constructor({ message, hint }: Failed) {
    super(message);
    this.name = "AnalysisError";
    this.hint = hint;
  }
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: never) => void) | undefined;
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, Waiting>();

/** The arguments of a method without its last one, which tells progress. */
type Args<M extends Method> =
  Parameters<Analysis[M]> extends [...infer A, ((progress: never) => void)?] ? A : Parameters<Analysis[M]>;

/** Asks the worker, which is started when it is first needed, for one of the methods of `Analysis`. */
export function ask<M extends Method>(
  method: M,
  args: Args<M>,
  onProgress?: (progress: never) => void,
): Promise<Awaited<ReturnType<Analysis[M]>>> {
  worker ??= started();
  const id = ++lastId;
  const answer = new Promise<unknown>((resolve, reject) => {
    waiting.set(id, { resolve, reject, onProgress });
  });
  worker.postMessage({ id, method, args } satisfies Question);
  return answer as Promise<Awaited<ReturnType<Analysis[M]>>>;
}

function started(): Worker {
  const fresh = startWorker();
  fresh.addEventListener("message", ({ data }: MessageEvent<Answer>) => {
    const asked = waiting.get(data.id);
    if (asked === undefined) return;
    if ("progress" in data) {
      asked.onProgress?.(data.progress as never);
      return;
    }
    waiting.delete(data.id);
    if ("value" in data) asked.resolve(data.value);
    else asked.reject(new AnalysisError(data.failure));
  });
  // Its code could not be loaded, or its memory is full: who waits is told, and the next question starts another.
  fresh.addEventListener("error", (event) => {
    const failure = new AnalysisError({
      message: `the worker that reads traces has ended: ${event.message || "its code could not be loaded"}`,
      hint: "a file may be too large for this browser's memory; load the page again, and try a part of it",
    });
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
    fresh.terminate();
    if (worker === fresh) worker = undefined;
  });
  return fresh;
}
