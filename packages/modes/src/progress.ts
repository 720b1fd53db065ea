import type { ModeSample, ModesFigures } from "@envoy-mesh-lab/compare";
import { judgeModes } from "@envoy-mesh-lab/compare";
import type { ModeCall } from "./calls.ts";

/** How far a run is: its calls are made first, then their traces read. */
export interface ModesProgress {
  readonly step: "calls" | "traces";
  readonly done: number;
  readonly of: number;
  /** The calls that have ended so far, those of the warm-up among them. */
  readonly calls: readonly ModeCall[];
  /** What was read of their traces so far. */
  readonly samples: readonly ModeSample[];
}

/**
 * What can be said of a run that goes on: while calls are made, on the client's clock alone, so that all that is of spans is 0 or
 * empty; then from the traces that were read. Undefined before the first whole round.
 */
export function figuresSoFar({ step, calls, samples }: ModesProgress): ModesFigures | undefined {
  if (step === "traces") return judgeModes(samples);
  const measured = calls.filter((it) => it.round >= 0 && it.code === "ok");
  return judgeModes(measured.map(({ mode, round, clockMs }) => ({ mode, round, clockMs, parts: [] })));
}
