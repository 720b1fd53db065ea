import { serveControl } from "./control-server.ts";
import { limitLogs } from "./log-limit.ts";
import { meshFolder, writeAtomically } from "./mesh-folder.ts";
import { identify } from "./processes.ts";
import { Supervisor } from "./supervisor.ts";

// Usage: node supervisor-main.ts <project> <state root>. Started by `lab up`, in the background.

const logCheckMs = 5_000;
/** A disk is filled fast: a copy of a large file takes a gigabyte a second. */
const roomCheckMs = 500;
const longestIdleMs = 30_000;

const [project = "", root = ""] = process.argv.slice(2);
const folder = meshFolder(project, root);
const self = identify(process.pid);
if (!self) {
  throw new Error(`This process (${process.pid}) is not in the list of processes.`);
}
const supervisor = new Supervisor(folder, self);
const control = await serveControl(supervisor, () => process.exit(0));
await writeAtomically(folder.control, JSON.stringify({ port: control.port, token: control.token }), 0o600);

setInterval(() => {
  limitLogs(supervisor.logs).catch((error: unknown) => console.error("cannot cut a log:", error));
  supervisor.saveAgain();
}, logCheckMs).unref();

setInterval(() => void supervisor.keepRoom(), roomCheckMs).unref();

setTimeout(() => {
  // The command that started this was killed before it could say what to run.
  if (supervisor.state.parts.length === 0) {
    process.exit(0);
  }
}, longestIdleMs).unref();

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, async () => {
    await supervisor.shutdown();
    process.exit(0);
  });
}
// It outlives the terminal that it was started from.
process.on("SIGHUP", () => undefined);
