import type { Runtime } from "@envoy-mesh-lab/mesh";
import { isWell, labParts } from "@envoy-mesh-lab/mesh";
import { linkOf } from "@envoy-mesh-lab/page-server/link";

/** The link that opens the page of a mesh, with the token of its session; undefined when the page does not run. */
export async function pageLink(runtime: Runtime): Promise<string | undefined> {
  const { service, port } = labParts.page;
  const part = (await runtime.status()).parts.find(({ name }) => name === service);
  const host = part?.ports.find(({ container }) => container === port)?.host;
  if (part === undefined || host === undefined || !isWell(part)) return undefined;
  const token = await runtime.pageToken();
  return token === undefined ? undefined : linkOf(`http://127.0.0.1:${host}`, token);
}
