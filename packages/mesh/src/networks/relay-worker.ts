// Runs within a network, for relay.ts: takes connections of sockets that it is given, and opens sockets there to give away.
import type { Server } from "node:net";
import { listen, passOn } from "./relay.ts";

interface Order {
  readonly port: number;
  /** Where to listen, for a socket to give away; without it, the order comes with a socket to take connections from. */
  readonly address?: string;
}

process.on("message", (order: Order, socket: Server | undefined) => {
  if (socket !== undefined) {
    passOn(socket, order.port);
  } else if (order.address !== undefined) {
    void listen(order.address, order.port).then((server) => {
      process.send?.({}, server, {}, () => server.close());
    });
  }
});
// It ends with the one that it works for.
process.on("disconnect", () => process.exit());
process.send?.({});
