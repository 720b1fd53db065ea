import { spawn } from "node:child_process";
import { createServer } from "node:http";

// A part for tests. Its environment says how it behaves: LISTEN (host:port), UNWELL (answers 503), STUBBORN (ignores
// SIGTERM), CHILD (starts a process that would outlive it), CRASH (ends at once with this exit code). GET /zombie makes it
// answer 503 from then on. GET /metrics says what it has refused: nothing; after GET /refuse more each time; after GET /stuck
// it does not tell.

const { LISTEN = "", UNWELL, STUBBORN, CHILD, CRASH } = process.env;
const [host, port] = LISTEN.split(":");

if (CRASH) {
  console.log(`crashing with ${CRASH}`);
  process.exit(Number(CRASH));
}
if (CHILD) {
  spawn("sleep", ["1000"], { stdio: "ignore" });
}
process.on("SIGTERM", () => {
  console.log("told to stop");
  if (!STUBBORN) {
    process.exit(0);
  }
});
let isUnwell = Boolean(UNWELL);
let metrics = { refused: 0, isRefusing: false, isStuck: false };
createServer((request, response) => {
  isUnwell ||= request.url === "/zombie";
  if (request.url === "/refuse") metrics = { ...metrics, isRefusing: true };
  if (request.url === "/stuck") metrics = { ...metrics, isStuck: true };
  if (request.url === "/metrics") {
    if (metrics.isRefusing) metrics.refused += 3;
    response.writeHead(metrics.isStuck ? 503 : 200).end(`refused_total ${metrics.refused}\n`);
    return;
  }
  const answer = { pid: process.pid, env: process.env, arguments: process.argv.slice(2), cwd: process.cwd() };
  response.writeHead(request.url === "/ready" && isUnwell ? 503 : 200).end(JSON.stringify(answer));
}).listen(Number(port), host, () => console.log(`listening on ${LISTEN}`));
