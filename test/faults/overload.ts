import { setTimeout as delay } from "node:timers/promises";
import type { MadeCall } from "./mixed-load.ts";
import { startMixedLoad } from "./mixed-load.ts";

/** How long it is measured what the mesh can answer, in milliseconds, with so many calls under way. */
const measureMs = 4_000;
const busyCalls = 64;

/** Calls under way at most in the overload, and the connections they need: the edge takes 100 streams on one. */
const mostCalls = 2_000;
const connections = 20;

/** No more calls a second than this, as `lab load` has it. */
const fastest = 2_000;

/**
 * Makes calls faster than the mesh can answer them, for so long in milliseconds: what it can, is measured first.
 *
 * @returns All calls that were made.
 */
export async function overload(url: string, times: number, forMs: number): Promise<readonly MadeCall[]> {
  const measuring = startMixedLoad(url, fastest, { maxInFlight: busyCalls });
  await delay(measureMs);
  const answered = measuring.ended.filter(({ asked, code }) => asked === code).length;
  const before = await measuring.stop();
  const rate = Math.min(fastest, Math.ceil((times * answered * 1_000) / measureMs));
  const load = startMixedLoad(url, rate, { maxInFlight: mostCalls, connections });
  await delay(forMs);
  return [...before, ...(await load.stop())];
}
