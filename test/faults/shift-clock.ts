// Loaded into a service before its own code (node --import): SIGUSR2 moves its wall clock an hour ahead, the next one
// back again. Only the wall clock jumps; the monotonic one, which timers go by, does not, as it is when somebody sets the
// clock of a machine.

const jumpMs = 3_600_000;
const realDate = Date;
let shiftMs = 0;

function now(): number {
  return realDate.now() + shiftMs;
}

process.on("SIGUSR2", () => {
  shiftMs = shiftMs === 0 ? jumpMs : 0;
});

globalThis.Date = new Proxy(realDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  apply: () => new realDate(now()).toString(),
  get: (target, key, receiver) => (key === "now" ? now : Reflect.get(target, key, receiver)),
});
