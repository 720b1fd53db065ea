// Lets processes of this machine reach addresses of a node's network: node crossing.ts SOCKET, started in that network. A socket in
// the file system can be reached from every network namespace. Whoever connects says first, in a line, where to: "10.96.0.7 8080".
import { connect, createServer } from "node:net";

const [path = ""] = process.argv.slice(2);
/** Far longer than an address and a port. */
const longestLine = 100;

createServer({ allowHalfOpen: true }, (inner) => {
  let line = "";
  const read = (chunk: Buffer): void => {
    const end = chunk.indexOf("\n");
    line += chunk.subarray(0, end < 0 ? undefined : end).toString("latin1");
    if (end < 0) {
      if (line.length > longestLine) inner.destroy();
      return;
    }
    inner.off("data", read).pause();
    const [host = "", port = ""] = line.split(" ");
    const outer = connect({ host, port: Number(port), allowHalfOpen: true });
    if (end + 1 < chunk.length) inner.unshift(chunk.subarray(end + 1));
    // Who is at the other end learns that this one is gone, and nobody else is concerned.
    outer.on("error", () => inner.destroy());
    inner.on("error", () => outer.destroy());
    outer.on("close", () => inner.destroy());
    inner.on("close", () => outer.destroy());
    inner.pipe(outer).pipe(inner);
  };
  inner.on("data", read);
}).listen(path);
