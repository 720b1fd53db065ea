import type { Fault } from "../fault.ts";
import { applicationFaults } from "./applications.ts";
import { envoyFaults } from "./envoys.ts";
import { surroundingFaults } from "./surroundings.ts";
import { telemetryFaults } from "./telemetry.ts";

/** Everything that can go wrong. A seed stands for a place in this list, so what is added comes last. */
export const faults: readonly Fault[] = [
  ...applicationFaults,
  ...envoyFaults,
  ...telemetryFaults,
  ...surroundingFaults,
];
