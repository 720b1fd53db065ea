import { constants } from "node:os";
import { LabError } from "@envoy-mesh-lab/trace";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work that must clean up when it is interrupted, and hands it a signal to watch.
 *
 * With a signal of the caller's own, that one alone counts. Without one, Ctrl-C, SIGTERM and SIGHUP stop the work
 * instead of ending the process on the spot, and the promise rejects with a LabError whose exit code is 128 + n.
 */
export async function interruptible<T>(
  given: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  if (given !== undefined) return work(given);
  const controller = new AbortController();
  const handlers = signals.map((name) => {
    const handler = (): void => controller.abort(interrupted(name));
    process.on(name, handler);
    return { name, handler };
  });
  try {
    return await work(controller.signal);
  } finally {
    for (const { name, handler } of handlers) process.off(name, handler);
  }
}

function interrupted(name: (typeof signals)[number]): LabError {
  return new LabError("interrupted", {
    exitCode: 128 + constants.signals[name],
    hint: "Run the command again at any time: what is downloaded and compiled is kept.",
  });
}
