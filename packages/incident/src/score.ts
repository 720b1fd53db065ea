import type { IncidentState } from "./state.ts";

/** What can be scored at most. */
export const most = { diagnosis: 60, harm: 20, proof: 20 } as const;
/** A right diagnosis so soon has all its points, and one so late, or later, half of them; in milliseconds. */
const [soonMs, lateMs] = [3 * 60_000, 15 * 60_000];
/** Points that a wrong guess costs, and failed calls that cost a point. */
const wrongGuess = 4;
const callsPerPoint = 25;

/** What is scored. */
export interface Played {
  readonly state: Pick<IncidentState, "faults" | "faultAt" | "diagnoses">;
  /** Calls that failed since the faults began. */
  readonly failed: number;
  /** Whether traces and calls proved in the end that it is over. */
  readonly isOver: boolean;
}

/** How well an incident was handled; each of `diagnosis`, `harm` and `proof` has at most the points of `most`. */
export interface Score {
  readonly diagnosis: number;
  readonly harm: number;
  readonly proof: number;
  readonly total: number;
}

/** Counts the points. Pure. */
export function scoreOf({ state, failed, isOver }: Played): Score {
  const { faults, faultAt = 0, diagnoses } = state;
  const right = diagnoses.filter(({ verdict }) => verdict === "right");
  const wrong = diagnoses.length - right.length;
  const each = right.map(({ at }) => {
    const late = Math.min(1, Math.max(0, (at - faultAt - soonMs) / (lateMs - soonMs)));
    return (most.diagnosis / faults) * (1 - late / 2);
  });
  const found = each.reduce((sum, it) => sum + it, 0);
  const diagnosis = Math.max(0, Math.round(found - wrong * wrongGuess));
  const harm = Math.max(0, most.harm - Math.floor(failed / callsPerPoint));
  // Who did nothing has done no good: harm that was not lessened is no merit.
  const proof = isOver ? most.proof : 0;
  const deserved = isOver || right.length > 0 ? harm : 0;
  return { diagnosis, harm: deserved, proof, total: diagnosis + deserved + proof };
}
