import type { CallOptions, Client, HandlerContext } from "@connectrpc/connect";
import { createClient } from "@connectrpc/connect";
import type { Protocol, Transports } from "@envoy-mesh-lab/connections";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { timeLeftMs } from "./time-left.ts";

/** A client of the kitchen. */
export type KitchenClient = Client<typeof KitchenService>;

/** Finds the client for a call that is being answered. */
export type KitchenClients = (context: Pick<HandlerContext, "protocolName">) => KitchenClient;

/**
 * Makes the clients of the kitchen, one for each protocol.
 *
 * @param protocol The protocol of all calls; `same` is the one of the call that is being answered.
 */
export function createKitchenClients(transports: Transports, protocol: Protocol | "same"): KitchenClients {
  const clients: Readonly<Record<Protocol, KitchenClient>> = {
    connect: createClient(KitchenService, transports.connect),
    grpc: createClient(KitchenService, transports.grpc),
    "grpc-web": createClient(KitchenService, transports["grpc-web"]),
  };
  return (context) => clients[protocol === "same" ? protocolOf(context.protocolName) : protocol];
}

function protocolOf(name: string): Protocol {
  return name === "grpc" || name === "grpc-web" ? name : "connect";
}

/**
 * What a call to the kitchen inherits from the call that is being answered: what is left of its deadline, its
 * cancellation, and the request id under which the proxies know it.
 */
export function inherit(context: HandlerContext): CallOptions {
  const requestId = context.requestHeader.get("x-request-id");
  const timeoutMs = timeLeftMs(context);
  return {
    signal: context.signal,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(requestId === null ? {} : { headers: { "x-request-id": requestId } }),
  };
}
