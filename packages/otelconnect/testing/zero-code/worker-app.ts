// Runs esm-app.ts in a Worker, and does nothing in its own thread: node --import ... worker-app.ts <kind of server>
import { once } from "node:events";
import { Worker } from "node:worker_threads";

const [kind = ""] = process.argv.slice(2);
const worker = new Worker(new URL("esm-app.ts", import.meta.url), { argv: [kind] });
const [code] = await once(worker, "exit");
process.exitCode = code;
