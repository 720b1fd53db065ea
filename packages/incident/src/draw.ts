import { createHash } from "node:crypto";
import type { Edit } from "./edit.ts";
import type { Fault } from "./fault.ts";
import { faults } from "./faults/index.ts";
import { harmless } from "./harmless.ts";

/** The largest seed. */
export const maxSeed = 999_999;

/** How many faults may come at once. */
export const maxFaults = 3;

/** How many changes of a release have nothing to do with the fault. */
const harmlessChanges = 4;

/** What a seed stands for. */
export interface Draw {
  readonly faults: readonly Fault[];
  /** Changes of the same release that do no harm: what differs from before need not be the cause. */
  readonly others: readonly Edit[];
}

/** Draws from a seed: the same for the same seed, number and release of the lab. */
export function draw(seed: number, number: number): Draw {
  const order = shuffled(faults, `faults ${seed}`);
  const chosen: Fault[] = [];
  for (const it of order) {
    if (chosen.length < number && chosen.every((other) => canBeTold(other, it))) chosen.push(it);
  }
  const edits = chosen.flatMap(({ change }) => ("edits" in change ? change.edits : []));
  // Where a fault is, nothing else of the release is changed.
  const apart = harmless.filter(
    (it) => !edits.some(({ file, from }) => file === it.file && from === it.from),
  );
  return { faults: chosen, others: shuffled(apart, `others ${seed}`).slice(0, harmlessChanges) };
}

/** Whether two faults can be told apart: by another symptom, of another part, and neither hides the other's traces. */
export function canBeTold(a: Fault, b: Fault): boolean {
  const hides = (one: Fault, other: Fault) =>
    one.alert === "missing" && other.alert !== "failing" && other.alert !== "slow";
  return a.alert !== b.alert && a.place !== b.place && !hides(a, b) && !hides(b, a);
}

/** In an order that a text decides. */
function shuffled<T>(items: readonly T[], by: string): T[] {
  const rank = (place: number) => createHash("sha256").update(`${by} ${place}`).digest("hex");
  return items
    .map((it, place) => ({ it, rank: rank(place) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ it }) => it);
}
