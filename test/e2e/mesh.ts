import { readFileSync } from "node:fs";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { checkTrace } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import type { CallRequest } from "@envoy-mesh-lab/load";
import { findRpc } from "@envoy-mesh-lab/load";
import { readMesh } from "@envoy-mesh-lab/mesh";
import type { Trace } from "@envoy-mesh-lab/trace";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { patience, until } from "../until.ts";

/** The mesh that the tests talk to: the one that COMPOSE_PROJECT_NAME names, else the user's. */
export const mesh = await readMesh();
export const edgeUrl = mesh.urls.edge;
export const expected = readExpected(expectedHopsFile);
export const parts = mesh.services.map((it) => it.name);

export { patience, until };

/** A request for an espresso, with what differs. */
export function aRequest(request: Partial<CallRequest> = {}): CallRequest {
  return {
    rpc: findRpc("OrderDrink", undefined),
    drink: "espresso",
    messages: 3,
    gateway: { workMs: 0, failAfter: 0 },
    backend: { workMs: 0, failAfter: 0 },
    timeoutMs: patience,
    headers: {},
    ...request,
  };
}

/**
 * The trace of a call, from Tempo, as soon as it is as expected or nothing more comes.
 *
 * @param spans how many spans it has when it differs from what is expected, so that the wait for more can be spared.
 */
export async function traceOf({ traceId }: { traceId?: string }, spans?: number): Promise<Trace> {
  if (!traceId) {
    throw new Error("the call has no trace id");
  }
  const trace = await waitForTrace(mesh.urls.tempo, traceId, patience, (it) =>
    spans === undefined ? checkTrace(it, expected).length === 0 : it.spans.length >= spans,
  );
  if (trace === undefined) {
    throw new Error(`trace ${traceId} did not arrive in Tempo`);
  }
  return trace;
}

/** The JSON lines that a part has logged; other lines are left out. */
export function logLines(part: string): Record<string, unknown>[] {
  const log = mesh.services.find((it) => it.name === part)?.log;
  if (log === undefined) {
    throw new Error(`the mesh has no part ${part}`);
  }
  return readFileSync(log, "utf8")
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .flatMap((line) => {
      try {
        return [JSON.parse(line) as Record<string, unknown>];
      } catch {
        // The last line may still be written.
        return [];
      }
    });
}
