import type { MeshPart } from "../runtime/runtime.ts";
import { isWell } from "./mesh-status.ts";

/** Whether a mesh that was just started is up. */
export interface Readiness<P = MeshPart> {
  /** The parts that are not up yet, each with what it is at. */
  readonly waitingFor: readonly string[];
  /** A part that will not come up by itself. */
  readonly failure?: { readonly part: P; readonly reason: string };
}

type JudgedPart = Pick<
  MeshPart,
  "name" | "state" | "detail" | "exitCode" | "exitSignal" | "restarts" | "notReadySince"
>;

/** A part that ended this often while the mesh came up is not expected to stay up. */
const enoughRestarts = 3;

function failureOf(part: JudgedPart, restartsBefore: number): string | undefined {
  const end = part.exitSignal ?? `exit code ${part.exitCode}`;
  switch (part.state) {
    case "unhealthy":
      return `is unhealthy: ${part.detail ?? "its health check fails"}`;
    case "exited":
      return part.exitCode === 0 ? undefined : `ended with ${part.detail ?? end}`;
    case "stopped":
      return "was stopped by another command";
    case "restarting":
    case "starting":
      return part.restarts - restartsBefore >= enoughRestarts
        ? `ended ${part.restarts - restartsBefore} times${part.detail ? `, it ${part.detail}` : ""}`
        : undefined;
    default:
      return undefined;
  }
}

/**
 * Judges the parts that are to come up.
 *
 * @param restartsBefore how often each part had been restarted before.
 */
export function judgeReadiness<P extends JudgedPart>(
  parts: readonly P[],
  restartsBefore: ReadonlyMap<string, number> = new Map(),
): Readiness<P> {
  for (const part of parts) {
    const reason = failureOf(part, restartsBefore.get(part.name) ?? 0);
    if (reason !== undefined) {
      return { waitingFor: [], failure: { part, reason } };
    }
  }
  const waitingFor = parts
    .filter((part) => !isWell(part))
    .map(({ name, state, detail }) =>
      state === "waiting" ? `${name} (after ${detail ?? "others"})` : `${name} (${state})`,
    );
  return { waitingFor };
}
