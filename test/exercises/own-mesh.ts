import { after, before } from "node:test";
import { meshDown, meshUp } from "@envoy-mesh-lab/mesh";
import { portShifts } from "../port-shifts.ts";

const { exercises: shifts } = portShifts;

function nameOf(number: number): string {
  return `envoy-mesh-lab-exercises-${number}`;
}

/**
 * Gives the tests of a file a mesh for themselves, which is gone after them. What their process asks and starts from here
 * on finds it by its environment.
 *
 * @param number each file has its own, from 1 on.
 */
export function useOwnMesh(number: number): void {
  const shift = String(shifts[number - 1]);
  Object.assign(process.env, { COMPOSE_PROJECT_NAME: nameOf(number), LAB_PORT_SHIFT: shift });
  before(() => meshUp({ files: [] }));
  after(() => meshDown({ volumes: true }));
}

/** Ends those that a test left which was told to end before its time. */
export async function endExerciseMeshes(): Promise<void> {
  for (const index of shifts.keys()) {
    await meshDown({ project: nameOf(index + 1), volumes: true });
  }
}
