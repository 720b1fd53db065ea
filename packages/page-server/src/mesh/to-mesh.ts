import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { MeshPart, MeshView, Topology } from "@envoy-mesh-lab/mesh";
import { isWell } from "@envoy-mesh-lab/mesh";
import type { EdgeSchema, MeshSchema, PartSchema } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { PartRole } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { printable } from "@envoy-mesh-lab/trace";
import type { EdgeFinding } from "./edge-findings.ts";
import type { Flows } from "./flows.ts";
import { outside, partFinder } from "./flows.ts";
import { windowLimits } from "./trace-window.ts";

/** What is known of a mesh, from wherever. */
export interface MeshFacts {
  readonly topology: Topology;
  /** What runs it; undefined where that cannot be asked. */
  readonly runtime: string | undefined;
  readonly view: MeshView;
  readonly noControl: string;
  readonly flows: Flows;
  readonly findings: readonly EdgeFinding[];
  readonly found: number;
  readonly read: number;
  readonly more: boolean;
  readonly problems: readonly string[];
}

/** What a message is made of, and not the message itself. */
type Init<T extends DescMessage> = Exclude<MessageInitShape<T>, { $typeName: string }>;
type PartInit = Init<typeof PartSchema>;
type EdgeInit = Init<typeof EdgeSchema> & { from: string; to: string };

const roles = { proxy: PartRole.PROXY, app: PartRole.APP, telemetry: PartRole.TELEMETRY } as const;

/** The longest text of a stranger's that is reported, in characters. */
const longestText = 500;

/** Puts what is known into what the page shows. */
export function toMesh(facts: MeshFacts): MessageInitShape<typeof MeshSchema> {
  const parts = partsOf(facts);
  const edges = edgesOf(facts, new Set(parts.map(({ name }) => name ?? "")));
  const isCalled = edges.some(({ from }) => from === outside);
  const caller: PartInit = { name: outside, role: PartRole.CLIENT, state: "outside", well: true };
  const known = new Set([...parts.map(({ name }) => name), outside]);
  const more = [...new Set(edges.flatMap(({ from, to }) => [from, to]))].filter((it) => !known.has(it));
  const isProxy = new Map(facts.flows.strangers.map((it) => [it.service, it.isProxy]));
  const strangers = more.map((name): PartInit => {
    const role = isProxy.has(name)
      ? isProxy.get(name)
        ? PartRole.PROXY
        : PartRole.APP
      : PartRole.UNSPECIFIED;
    return { name: cut(name), role, state: "seen in traces", well: true };
  });
  return {
    project: facts.view.project,
    runtime: facts.runtime ?? "",
    noControl: facts.noControl,
    parts: [...(isCalled ? [caller] : []), ...parts, ...strangers],
    edges: edges.map((it) => ({ ...it, from: cut(it.from), to: cut(it.to) })),
    window: {
      seconds: windowLimits.ms / 1000,
      found: facts.found,
      read: facts.read,
      more: facts.more,
    },
    problems: [...facts.problems],
  };
}

/** The parts that the files have and that run, or are always there; and those that run and the files do not have. */
function partsOf({ topology, view }: MeshFacts): PartInit[] {
  const running = new Map(view.parts.map((it) => [it.name, it]));
  const described = topology.parts.filter((it) => it.profiles.length === 0 || running.has(it.name));
  const names = new Set(described.map(({ name }) => name));
  const others = view.parts.filter(({ name }) => !names.has(name));
  return [
    ...described.map((it): PartInit => {
      const part = running.get(it.name);
      return {
        ...stateOf(part),
        name: it.name,
        role: roles[it.role],
        workload: it.workload ?? "",
        addresses: part ? addressesOf(part) : it.ports.map((port) => ({ port, host: "" })),
        hasConfiguration: true,
      };
    }),
    ...others.map((it): PartInit => ({ ...stateOf(it), name: it.name, addresses: addressesOf(it) })),
  ];
}

function stateOf(part: MeshPart | undefined): PartInit {
  if (part === undefined) return { state: "unseen", well: false, hasLog: false };
  const { program, version, state, detail, exitCode, exitSignal, notReadySince } = part;
  const end = exitSignal ?? (exitCode === undefined ? undefined : `exit code ${exitCode}`);
  const details = [
    detail,
    state === "exited" && end !== undefined ? `ended with ${end}` : undefined,
    notReadySince === undefined ? undefined : `its probes fail since ${notReadySince}`,
  ];
  return {
    program,
    version,
    state,
    well: isWell(part),
    detail: cut(details.filter(Boolean).join("; ")),
    pid: part.process?.pid ?? 0,
    restarts: part.restarts,
    hasLog: part.log !== undefined || part.container !== undefined,
  };
}

function addressesOf({ ports }: MeshPart) {
  return ports.map(({ container, host }) => ({ port: container, host: `127.0.0.1:${host}` }));
}

/** The edges that files have between parts that are there, those that traces show, and those that findings are about. */
function edgesOf(
  { topology, flows, findings, read, found }: MeshFacts,
  parts: ReadonlySet<string>,
): EdgeInit[] {
  const edges = new Map<string, EdgeInit & { findings: EdgeFinding[] }>();
  const edgeOf = (from: string, to: string) => {
    const key = JSON.stringify([from, to]);
    const edge = edges.get(key) ?? { from, to, findings: [] };
    edges.set(key, edge);
    return edge;
  };
  for (const { from, to, telemetry } of topology.edges) {
    if (parts.has(from) && parts.has(to)) Object.assign(edgeOf(from, to), { telemetry, configured: true });
  }
  for (const { from, to, calls, errors, p50Ns, p99Ns, proxyNs, appNs, otherNs } of flows.edges) {
    const callsPerSecond = read === 0 ? 0 : ((calls / read) * found * 1000) / windowLimits.ms;
    const flow = { calls, callsPerSecond, errors, p50Ns, p99Ns, proxyNs, appNs, otherNs };
    Object.assign(edgeOf(from, to), { flow });
  }
  const { peer } = partFinder(topology);
  for (const it of findings) {
    const to = it.to === "" ? (peer(it.from, []) ?? "") : it.to;
    const isEdge = to !== "" && it.from !== to;
    // What is about one part alone is shown on a way into it.
    const into = [...edges.values()].find((edge) => edge.to === (to || it.from));
    const edge = isEdge ? edgeOf(it.from, to) : (into ?? edgeOf(outside, to || it.from));
    edge.findings.push({ ...it, edge: cut(it.edge), evidence: cut(it.evidence), remedy: cut(it.remedy) });
  }
  return [...edges.values()];
}

/** A text of a stranger's as it can be shown: without what steers, and not longer than anybody reads. */
function cut(text: string): string {
  const clean = printable(text.length > longestText ? text.slice(0, longestText) : text);
  return text.length > longestText ? `${clean}…` : clean;
}
