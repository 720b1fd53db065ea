import type { Mesh } from "@envoy-mesh-lab/mesh";
import { labParts, rememberedTrace } from "@envoy-mesh-lab/mesh";
import { newestInTempo } from "@envoy-mesh-lab/meshtrace";
import { isObject } from "@envoy-mesh-lab/trace";

/** A trace that may be the newest. */
export interface Candidate {
  traceId: string;
  /** When it began, in milliseconds since 1970; of a call of `lab`'s, when it was answered. */
  atMs: number;
}

/**
 * The newest trace of a mesh, whoever made the request: the last in the edge's access log, which knows it before Tempo does,
 * of the last call that `lab` made, or the newest in Tempo, which also has those that did not pass the edge.
 *
 * @param edge the edge's base URL, which a call of `lab`'s has to have gone to.
 * @param tempo base URL of Tempo's API; when it is not the mesh's own, what the mesh has logged is not looked for in it.
 */
export async function newestTrace(
  mesh: Mesh,
  edge: string | undefined,
  tempo: string,
): Promise<string | undefined> {
  const found = await newestInTempo(tempo);
  const remembered = rememberedTrace(mesh.project);
  return newestOf([
    found && { traceId: found.traceId, atMs: Number(found.startNs / 1_000_000n) },
    remembered !== undefined && isSameEdge(remembered.edge, edge) ? remembered : undefined,
    await lastLogged(mesh, tempo),
  ])?.traceId;
}

/** Whether two base URLs are those of one edge: a last slash, or capitals in a name, make no other one of it (RFC 3986, 6.2). */
export function isSameEdge(one: string, other: string | undefined): boolean {
  const plain = (url: string) => new URL(url).href.replace(/\/$/, "");
  return other !== undefined && plain(one) === plain(other);
}

/** The candidate that is the newest; of those of the same time, the first. */
export function newestOf(candidates: readonly (Candidate | undefined)[]): Candidate | undefined {
  let newest: Candidate | undefined;
  for (const it of candidates) {
    if (it !== undefined && (newest === undefined || it.atMs > newest.atMs)) newest = it;
  }
  return newest;
}

async function lastLogged({ runtime, services, urls }: Mesh, tempo: string): Promise<Candidate | undefined> {
  const edge = labParts.edge.service;
  const has = (service: string) => services.some(({ name }) => name === service);
  if (runtime === undefined || !has(edge) || !has(labParts.tempo.service)) return undefined;
  return new URL(tempo).origin === new URL(urls.tempo).origin
    ? newestLogged(await runtime.readLog(edge))
    : undefined;
}

/** How many lines of a log are looked at, from its end. */
const linesLooked = 1000;

/** The newest request in an Envoy's access log that leaves a trace: those that are not sampled leave none. */
export function newestLogged(log: string): Candidate | undefined {
  return newestOf(log.trimEnd().split("\n").slice(-linesLooked).map(toCandidate));
}

function toCandidate(line: string): Candidate | undefined {
  const entry = parseEntry(line);
  if (entry === undefined) return undefined;
  const { trace_id: traceId, time, traceparent } = entry;
  const isSampled = typeof traceparent !== "string" || !/-[\da-f][02468ace]$/.test(traceparent);
  const atMs = Date.parse(`${time}`);
  return typeof traceId === "string" && /^[0-9a-f]{32}$/.test(traceId) && isSampled && !Number.isNaN(atMs)
    ? { traceId, atMs }
    : undefined;
}

/** A line of an access log; undefined for words of the Envoy's own, and for a line that is not written to its end. */
function parseEntry(line: string): Record<string, unknown> | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    return isObject(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}
