// The loyalty programme of another company: it knows the points and the vouchers of each guest. It is no part of the mesh and
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
  response.setHeader("content-type", "application/json");
  response.end(path?.endsWith("/points") ? '{"points":42}' : '{"vouchers":[]}');
});
server.listen(Number(port), host);

process.once("SIGTERM", () => process.exit(0));
