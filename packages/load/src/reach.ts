import { once } from "node:events";
import { connect } from "node:net";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** How long a connection on this machine may take, in milliseconds. */
const timeout = 2_000;

/**
 * Makes sure that somebody listens where the load is to go, so that it does not consist of refused connections.
 *
 * @throws {LabError} (exit code `notRunning`) when nobody does.
 */
export async function assertReachable(url: string): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (protocol === "https:" ? 443 : 80)),
    timeout,
  });
  try {
    await Promise.race([
      once(socket, "connect"),
      once(socket, "timeout").then(() => Promise.reject(new Error(`no connection within ${timeout} ms`))),
    ]);
  } catch (error) {
    throw new LabError(`nothing answers at ${url}: ${(error as Error).message}`, {
      exitCode: ExitCode.notRunning,
      hint: "is the mesh up? `lab status` says, `lab up` starts it",
      cause: error,
    });
  } finally {
    socket.destroy();
  }
}
