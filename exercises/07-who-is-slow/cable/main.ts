// A long cable: whatever comes in at one end leaves at the other, unchanged and later. It speaks no HTTP, makes no spans and
// writes no log, as cables do.
import type { Socket } from "node:net";
import { connect, createServer } from "node:net";

/** How long the way takes, in each direction, in milliseconds. */
const delayMs = 75;

const from = endOf(process.env.FROM);
const to = endOf(process.env.TO);

function endOf(address: string | undefined): { host: string; port: number } {
  const [, host = "", port] = /^(.+):(\d+)$/.exec(address ?? "") ?? [];
  if (port === undefined) throw new Error("FROM and TO name the two ends, as host:port");
  return { host, port: Number(port) };
}

/** Timers of one length fire in the order in which they were set, so that no byte overtakes another. */
function carry(source: Socket, sink: Socket): void {
  source.on("data", (bytes) => setTimeout(() => sink.writable && sink.write(bytes), delayMs));
  source.on("close", () => setTimeout(() => sink.destroySoon(), delayMs));
  // "close" follows.
  source.on("error", () => {});
}

createServer({ noDelay: true }, (near) => {
  const far = connect({ ...to, noDelay: true });
  carry(near, far);
  carry(far, near);
}).listen(from.port, from.host);

process.once("SIGTERM", () => process.exit(0));
