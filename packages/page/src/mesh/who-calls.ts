import type { CallForm } from "./command-line.ts";

/** Calls that a browser makes one after the other at most: it is somebody's, and keeps no rate. */
const mostOfBrowser = 100;

/** Who makes the calls that the form says, and why it is not the browser. */
export type WhoCalls = { readonly who: "browser" } | { readonly who: "server"; readonly why: string };

/**
 * Says whether this browser can make the calls, so that their traces begin in it. What it cannot do, the page's server does as
 * `lab call` and `lab load` do.
 */
export function whoCalls({ rpc, protocol, rate, number }: CallForm): WhoCalls {
  const byServer = (why: string): WhoCalls => ({ who: "server", why });
  if (protocol === "grpc") return byServer("a browser speaks no gRPC, which needs trailers");
  if (rpc === "OrderRound" || rpc === "ServeTable") return byServer("a browser sends no stream of messages");
  if (rate > 0) return byServer("a browser keeps no rate");
  if (number > mostOfBrowser) return byServer(`these are more than ${mostOfBrowser} calls`);
  return { who: "browser" };
}
