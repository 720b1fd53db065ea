import { modes, stopwatch } from "./modes.ts";

// Runs one mode over one file and prints what it took as one line of JSON: `worker.ts MODE FILE`.
const [mode = "", file = ""] = process.argv.slice(2);
const run = modes[mode];
if (run === undefined) {
  throw new Error(`there is no mode "${mode}"; there are ${Object.keys(modes).join(", ")}`);
}
const taken = stopwatch();
const outcome = await run(file);
const times = taken();
// In KiB, as getrusage says it.
const rssMiB = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ ...outcome, ...times, rssMiB }));
