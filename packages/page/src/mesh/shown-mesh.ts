import type { Edge, Flow, Mesh, Part } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { PartRole } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { duration } from "@envoy-mesh-lab/trace";

/** A role in a word; it stands beside every colour of a role. */
export const roleWords: Readonly<Record<PartRole, string>> = {
  [PartRole.UNSPECIFIED]: "party",
  [PartRole.CLIENT]: "caller",
  [PartRole.PROXY]: "proxy",
  [PartRole.APP]: "app",
  [PartRole.TELEMETRY]: "telemetry",
};

/** The class that colours a role. */
export const roleClasses: Readonly<Record<PartRole, string>> = {
  [PartRole.UNSPECIFIED]: "other",
  [PartRole.CLIENT]: "client",
  [PartRole.PROXY]: "proxy",
  [PartRole.APP]: "app",
  [PartRole.TELEMETRY]: "telemetry",
};

/** States in which a part comes or goes, so that it is neither well nor down. */
const passing = ["waiting", "starting", "restarting", "stopping"];

/** How a part is, as a sign and a class. */
export function conditionOf({ state, well }: Pick<Part, "state" | "well">): {
  readonly sign: string;
  readonly name: "well" | "passing" | "down" | "unknown";
} {
  if (well) return { sign: "●", name: "well" };
  if (state === "unseen") return { sign: "?", name: "unknown" };
  return passing.includes(state) ? { sign: "◐", name: "passing" } : { sign: "✖", name: "down" };
}

/** A number of calls per second. */
export function perSecond(calls: number): string {
  return `${calls < 0.995 ? calls.toFixed(2) : calls < 9.95 ? calls.toFixed(1) : Math.round(calls)}/s`;
}

/** What is written on an edge: at most two lines. */
export function edgeLines({ flow, findings, telemetry }: Edge): string[] {
  const wrong = findings.filter((it) => it.severity !== "note").length;
  const lines = flow === undefined ? [] : [`${perSecond(flow.callsPerSecond)} · ${duration(flow.p50Ns)}`];
  if (flow !== undefined && flow.errors > 0) lines.push(`✖ ${flow.errors} of ${flow.calls} failed`);
  if (wrong > 0) lines.push(`⚠ ${wrong} ${wrong === 1 ? "finding" : "findings"}`);
  return telemetry ? [] : lines.slice(0, 2);
}

/** How the time of calls is shared, as shares of 1; undefined where nothing took any. */
export function sharesOf({
  proxyNs,
  appNs,
  otherNs,
}: Flow): { proxy: number; app: number; other: number } | undefined {
  const total = proxyNs + appNs + otherNs;
  return total > 0 ? { proxy: proxyNs / total, app: appNs / total, other: otherNs / total } : undefined;
}

/** Edges that carry calls, the busiest first, and then the others. */
export function orderedEdges({ edges }: Pick<Mesh, "edges">): Edge[] {
  const weight = ({ flow, findings, telemetry }: Edge) =>
    (telemetry ? -1 : 0) + (findings.length > 0 ? 2 : 0) + (flow === undefined ? 0 : 1);
  return edges.toSorted((a, b) => weight(b) - weight(a));
}

/** What the figures are of, in a sentence. */
export function windowWords({ window }: Pick<Mesh, "window">): string {
  if (window === undefined) return "";
  const { seconds, found, read, more } = window;
  const last = `the last ${seconds} seconds`;
  if (found === 0) return `No trace of ${last} has come.`;
  const all = `${more ? "at least " : ""}${found} ${found === 1 ? "trace" : "traces"}`;
  return read >= found && !more
    ? `Figures are of all ${all} of ${last}.`
    : `Figures are of a sample: ${read} of ${all} of ${last}; rates are reckoned up from it.`;
}
