import type { Server, Socket } from "node:net";
import { createServer } from "node:net";
import type { Way } from "./ways.ts";

/**
 * Listens on a port of 127.0.0.1 and passes each connection on. A connection that finds no way is closed, and why is printed.
 *
 * @throws Error when the port is taken.
 */
export function relay(port: number, way: Way): Promise<Server> {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (inner) => {
    // Nothing is read before there is somebody to give it to.
    inner.pause();
    inner.on("error", () => inner.destroy());
    way.open().then(
      (outer) => join(inner, outer),
      (error: unknown) => {
        console.error(`no way for port ${port}: ${error instanceof Error ? error.message : error}`);
        inner.destroy();
      },
    );
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}

/** Who is at the one end learns when the other one is gone. */
function join(inner: Socket, outer: Socket): void {
  outer.on("error", () => inner.destroy());
  inner.on("close", () => outer.destroy());
  outer.on("close", () => inner.destroy());
  if (inner.destroyed) {
    outer.destroy();
    return;
  }
  inner.pipe(outer).pipe(inner);
}
