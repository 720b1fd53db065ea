import { setTimeout as delay } from "node:timers/promises";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { ControlClient } from "./control-client.ts";
import { tailLog } from "./log-tail.ts";
import { judgeReadiness } from "./readiness.ts";
import type { PartStatus } from "./state.ts";

/** How to wait for a mesh. */
export interface WaitOptions {
  readonly parts: readonly string[];
  readonly restartsBefore: ReadonlyMap<string, number>;
  /** Milliseconds. */
  readonly timeout: number;
  /** Throws when the wait is to end early. */
  readonly checkpoint: () => Promise<void>;
  /** Told what is waited for, at every look. */
  readonly onWait: (waitingFor: readonly string[]) => void;
}

const pollMs = 100;
const shownLines = 10;

async function partFailed(part: PartStatus, reason: string): Promise<LabError> {
  const { text } = await tailLog(part.log, shownLines);
  const lines = text
    ? `\nThe last lines of its log:\n${text.replace(/^/gm, "  ").trimEnd()}`
    : "\nIts log is empty.";
  return new LabError(`${part.name} ${reason}.${lines}`, {
    hint: `The whole log: ${part.log}`,
    exitCode: ExitCode.notReady,
  });
}

/**
 * Waits until parts are up: healthy, running where they have no health check, or complete.
 *
 * @throws LabError that names the part which will not come up, with the end of its log; or the parts that were still
 * waited for when the time was over.
 */
export async function waitUntilUp(
  client: ControlClient,
  options: WaitOptions,
): Promise<readonly PartStatus[]> {
  const deadline = performance.now() + options.timeout;
  for (;;) {
    await options.checkpoint();
    const state = await client.status();
    const parts = state.parts.filter(({ name }) => options.parts.includes(name));
    const { waitingFor, failure } = judgeReadiness(parts, options.restartsBefore);
    if (failure) {
      throw await partFailed(failure.part, failure.reason);
    }
    if (waitingFor.length === 0) {
      return parts;
    }
    if (performance.now() > deadline) {
      const late = parts.find(({ state: is }) => is === "starting" || is === "restarting");
      const reason = `is not up after ${Math.round(options.timeout / 1000)} s (waited for: ${waitingFor.join(", ")})`;
      throw late
        ? await partFailed(late, reason)
        : new LabError(`the mesh ${reason}`, { hint: "See lab status.", exitCode: ExitCode.notReady });
    }
    options.onWait(waitingFor);
    await delay(pollMs);
  }
}
