import { draw } from "./draw.ts";
import type { Fault } from "./fault.ts";
import type { IncidentState } from "./state.ts";

/** All faults of an incident. */
export function faultsOf({ seed, faults }: Pick<IncidentState, "seed" | "faults">): readonly Fault[] {
  return draw(seed, faults).faults;
}

/** Those of them that are not in files and were not replaced yet. */
export function standing(state: Pick<IncidentState, "seed" | "faults" | "replaced">): readonly Fault[] {
  return faultsOf(state).filter(({ change }) => {
    if ("link" in change) return !state.replaced.includes(change.link);
    return "machine" in change && !state.replaced.includes(change.machine);
  });
}
