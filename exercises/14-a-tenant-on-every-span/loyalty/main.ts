// The loyalty programme of another company: it books the points that a guest gets for an order. It is no part of the mesh and
// reports no spans; one line for each request says what it was sent, as others too would keep it.
import { createServer } from "node:http";

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
  response.end("booked\n");
});
server.listen(Number(port), host);

process.once("SIGTERM", () => process.exit(0));
