// Loaded into a service before its own code (node --import): the clock of the machine that it runs on in an incident, which may be
// wrong. How much it is ahead is in the file that MACHINE_CLOCK names, in milliseconds, and may change at any time. Only the wall
// clock differs; timers go by the monotonic one, as they do when somebody sets the clock of a machine.
import { readFileSync } from "node:fs";

const pollMs = 500;
const file = process.env.MACHINE_CLOCK ?? "";
const realDate = Date;
let aheadMs = 0;

function look(): void {
  try {
    aheadMs = Number(readFileSync(file, "utf8")) || 0;
  } catch (error) {
    // Removed with the incident.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    aheadMs = 0;
  }
}

function now(): number {
  return realDate.now() + aheadMs;
}

look();
setInterval(look, pollMs).unref();

globalThis.Date = new Proxy(realDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new realDate(now()).toString(),
  get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
});
