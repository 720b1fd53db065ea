import { meshDown, meshUp, progressPrinter } from "@envoy-mesh-lab/mesh";
import { portShifts } from "../port-shifts.ts";

// The tests have a mesh of their own, beside the user's: another name, and other ports.
const environment = { COMPOSE_PROJECT_NAME: "envoy-mesh-lab-test", LAB_PORT_SHIFT: String(portShifts.test) };

/** Starts the mesh of the end-to-end tests; what this process starts from here on finds it by its environment. */
export async function startTestMesh(): Promise<void> {
  Object.assign(process.env, environment);
  const printer = progressPrinter(process.stderr);
  await meshUp({ files: [], onProgress: printer.onProgress }).finally(printer.end);
}

/** Stops it, and removes all that it kept. */
export async function stopTestMesh(): Promise<void> {
  await meshDown({ volumes: true });
}
