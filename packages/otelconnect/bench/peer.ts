import type { AddressInfo, Server } from "node:net";
import type { SpanSample } from "./protocol.ts";
import type { Variant } from "./variants.ts";

/** Both ends of a wire. The sample is of the span that the floor's interceptors are to make. */
export interface Peer {
  /** Starts a server on loopback that answers what it is sent. @returns its port */
  serve(variant: Variant, sample: SpanSample | undefined): Promise<number>;
  /** @returns what makes one call, and throws unless what was sent has come back */
  caller(variant: Variant, port: number, sample: SpanSample | undefined): () => Promise<void>;
}

/** What is sent. */
export const drinkText = "a cappuccino, please";

/** Listens on a port that the system chooses. */
export function listen(server: Pick<Server, "listen" | "address" | "once">): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
