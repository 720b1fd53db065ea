// The big book of points: whoever writes into it waits. It is no part of the mesh and makes no spans; one line for each point says
// what it was sent.
import { createServer } from "node:http";

/** How long a point takes, in milliseconds. */
const writingMs = 150;

const [, host = "", port] = /^(.+):(\d+)$/.exec(process.env.LISTEN_ADDRESS ?? "") ?? [];
if (port === undefined) throw new Error("LISTEN_ADDRESS is where to listen, as host:port");

const server = createServer((request, response) => {
  request.resume();
  if (request.url === "/readyz") {
    response.end("ready\n");
    return;
  }
  const { method, url: path, headers } = request;
  console.log(JSON.stringify({ msg: "received", method, path, headers }));
  setTimeout(() => response.end("booked\n"), writingMs);
});
server.listen(Number(port), host);

process.once("SIGTERM", () => process.exit(0));
