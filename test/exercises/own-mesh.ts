import { after, before } from "node:test";
import { meshDown, meshUp } from "@envoy-mesh-lab/mesh";

/** How far the ports of each file's mesh are moved: beside a user's own, at any thousand, those of other stages, and each other. */
const portShifts = { 1: 14_130, 2: 14_380, 3: 14_680, 4: 14_980, 5: 15_280, 6: 15_580 };

function nameOf(number: number | string): string {
  return `envoy-mesh-lab-exercises-${number}`;
}

/**
 * Gives the tests of a file a mesh for themselves, which is gone after them. What their process asks and starts from here
 * on finds it by its environment.
 *
 * @param number each file has its own.
 */
export function useOwnMesh(number: keyof typeof portShifts): void {
  const shift = String(portShifts[number]);
  Object.assign(process.env, { COMPOSE_PROJECT_NAME: nameOf(number), LAB_PORT_SHIFT: shift });
  before(() => meshUp({ files: [] }));
  after(() => meshDown({ volumes: true }));
}

/** Ends those that a test left which was told to end before its time. */
export async function endExerciseMeshes(): Promise<void> {
  for (const number of Object.keys(portShifts)) {
    await meshDown({ project: nameOf(number), volumes: true });
  }
}
