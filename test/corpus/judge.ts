import { checkTraces, severityOf } from "@envoy-mesh-lab/check";
import { Decomposer, decompose, nodeName, notesOf } from "@envoy-mesh-lab/compare";
import type { Origin, Span } from "@envoy-mesh-lab/trace";
import { originFinder } from "@envoy-mesh-lab/trace";
import type { CorpusCase } from "./corpus-case.ts";
import type { Named } from "./party-of.ts";
import { partiesOf } from "./party-of.ts";
import type { Truth } from "./truth.ts";

/** How often something was said rightly, said although it is not so, and not said although it is. */
export interface Hits {
  readonly right: number;
  readonly invented: number;
  readonly missed: number;
}

/** A hop's time: what is true and what was told, in nanoseconds. */
export interface HopTime {
  readonly hop: string;
  readonly trueNs: number;
  readonly toldNs: number;
  /** By how much the two differ, as a share of the whole. */
  readonly error: number;
}

/** What came of a case. */
export interface Judged {
  readonly name: string;
  readonly product: string;
  readonly made: Truth["made"];
  readonly spans: number;
  /** Of the spans that are a proxy's. */
  readonly roles: Hits;
  /** Of the spans that look one way. */
  readonly directions: Hits;
  readonly findings: Hits;
  readonly hops: readonly HopTime[];
  /** Everything that is reported wrongly: what, and how. */
  readonly wrong: ReadonlyMap<string, string>;
  /** What the truth knows to be wrong. */
  readonly known: Truth["known-wrong"];
  /** What the truth says that nobody can tell from the trace. */
  readonly untold: Truth["untold"];
  /** Of these, what the lab should have said of its not knowing, and did not. */
  readonly unsaid: readonly string[];
}

/** A hop is right when it differs by no more than this share of the whole. */
export const hopTolerance = 0.01;

const none: Hits = { right: 0, invented: 0, missed: 0 };

/** Holds what the lab says of a case against the truth. */
export async function judge(one: CorpusCase): Promise<Judged> {
  const { name, truth, traces, refusal } = one;
  const { product, made, "known-wrong": known, untold } = truth;
  const common = { name, product, made, known, untold };
  const wrong = new Map<string, string>();
  const isRefused =
    truth.refused !== undefined && refusal?.toLowerCase().includes(truth.refused.toLowerCase());
  if (truth.refused !== undefined || refusal !== undefined) {
    if (!isRefused) wrong.set("reading", refusal ?? `read, although it is ${truth.refused}`);
    const findings = { ...none, right: isRefused ? 1 : 0, missed: isRefused ? 0 : 1 };
    const spans = traces.reduce((sum, it) => sum + it.spans.length, 0);
    return { ...common, spans, roles: none, directions: none, findings, hops: [], wrong, unsaid: [] };
  }
  const parties = partiesOf(name, truth, traces);
  const findOrigins = originFinder();
  const origins = new Map(
    traces.flatMap((trace) => {
      const who = findOrigins(trace);
      return trace.spans.map((span) => [span, who(span)] as const);
    }),
  );
  const { reports } = await checkTraces(traces);
  return {
    ...common,
    spans: parties.size,
    roles: judgeRoles(parties, origins, wrong),
    directions: judgeDirections(parties, origins, wrong),
    findings: judgeFindings(truth, reports, wrong),
    hops: truth.time === undefined ? [] : judgeTime(one, truth.time, parties, origins, wrong),
    wrong,
    unsaid: unsaidOf(one, reports),
  };
}

type Reports = Awaited<ReturnType<typeof checkTraces>>["reports"];

/** What the lab should say of its not knowing, and does not. */
function unsaidOf({ truth: { untold }, traces }: CorpusCase, reports: Reports): string[] {
  const wanted = Object.values(untold).flatMap(({ said }) => said ?? []);
  if (wanted.length === 0) return [];
  const codes = reports.flatMap((it) => it.findings.map(({ code }): string => code));
  const divided = traces.map((it) => decompose(it));
  const roles = divided.flatMap(({ parts }) => parts.map(({ hop }): string => hop.role));
  const notes = divided.flatMap(({ notes }) => notesOf({ notes: { ...notes, traces: 1 }, traces: 1 }));
  const isSaid = (it: string) =>
    codes.includes(it) || roles.includes(it) || notes.some((note) => note.includes(it));
  return wanted.filter((it) => !isSaid(it));
}

type Origins = ReadonlyMap<Span, Origin>;

function judgeRoles(parties: ReadonlyMap<Span, Named>, origins: Origins, wrong: Map<string, string>): Hits {
  const hits = { ...none };
  for (const [span, { name, role }] of parties) {
    const told = origins.get(span)?.role;
    if (told !== role) wrong.set(`role of ${name}`, `${told}, not ${role} ("${span.name}")`);
    if (told === "proxy" && role === "proxy") hits.right++;
    else if (told === "proxy") hits.invented++;
    else if (role === "proxy") hits.missed++;
  }
  return hits;
}

/** Of a proxy that works for nobody in particular, what most of its spans say is right. */
function judgeDirections(
  parties: ReadonlyMap<Span, Named>,
  origins: Origins,
  wrong: Map<string, string>,
): Hits {
  const hits = { ...none };
  for (const [party, spans] of Map.groupBy(parties.keys(), (it) => parties.get(it) as Named)) {
    if (party.role === "app") {
      for (const it of spans) if (origins.get(it)?.direction !== undefined) hits.invented++;
      continue;
    }
    const told = spans.map((it) => origins.get(it)?.direction ?? "none");
    const mostTold = [...Map.groupBy(told, (it) => it)].sort((a, b) => b[1].length - a[1].length)[0]?.[0];
    const { direction = "either" } = party;
    const expected = direction === "either" ? mostTold : direction;
    for (const it of told) {
      if (it === expected) {
        hits.right++;
        continue;
      }
      hits.missed++;
      if (it !== "none") hits.invented++;
      wrong.set(`direction of ${party.name}`, `${[...new Set(told)].join(" and ")}, not ${direction}`);
    }
  }
  return hits;
}

function judgeFindings(truth: Truth, reports: Reports, wrong: Map<string, string>): Hits {
  const found = reports.flatMap((it) => it.findings);
  const isIn = (list: Truth["findings"]["must"], { code, spanIds }: (typeof found)[number]) =>
    list.some((it) => it.code === code && (it.span === undefined || spanIds.includes(it.span)));
  const { must, may } = truth.findings;
  const missing = must.filter((it) => !found.some((one) => isIn([it], one)));
  for (const { code } of missing) wrong.set(`missing ${code}`, "not found");
  const invented = found.filter((it) => severityOf(it.code) !== "note" && !isIn(must, it) && !isIn(may, it));
  for (const { code, edge } of invented) wrong.set(`invented ${code}`, edge);
  return { right: must.length - missing.length, invented: invented.length, missed: missing.length };
}

function judgeTime(
  { traces }: CorpusCase,
  { whole = 0, ...times }: NonNullable<Truth["time"]>,
  parties: ReadonlyMap<Span, Named>,
  origins: Origins,
  wrong: Map<string, string>,
): HopTime[] {
  const names = new Map<string, string>();
  for (const [span, { name }] of parties) {
    const told = nodeName(span, origins.get(span) as Origin);
    names.set(told, names.get(told) ?? name);
  }
  const decomposer = new Decomposer();
  const told = new Map(Object.keys(times).map((hop) => [hop, 0]));
  for (const { parts } of traces.map((it) => decomposer.decompose(it))) {
    for (const { hop, ns } of parts) {
      const from = `${hop.role} ${names.get(hop.from) ?? hop.from}`;
      const full = hop.to === undefined ? from : `${from} > ${names.get(hop.to) ?? hop.to}`;
      // A truth that names no other end means all of them.
      const key = Object.hasOwn(times, full) ? full : Object.hasOwn(times, from) ? from : full;
      told.set(key, (told.get(key) ?? 0) + ns);
    }
  }
  return [...told].map(([hop, toldNs]) => {
    const trueNs = times[hop] ?? 0;
    const error = Math.abs(toldNs - trueNs) / whole;
    if (error > hopTolerance) wrong.set(`time of ${hop}`, `${inMs(toldNs)}, not ${inMs(trueNs)}`);
    return { hop, trueNs, toldNs, error };
  });
}

const inMs = (ns: number) => `${Number((ns / 1e6).toFixed(3))} ms`;

/** Of what is reported otherwise than it is, what is known to be wrong, and what nobody can tell from the trace. */
export function wrongAndUntold({ wrong, untold }: Pick<Judged, "wrong" | "untold">): {
  wrong: string[];
  untold: string[];
  said: string[];
} {
  const keyOf = (what: string) => keyIn(untold, what);
  const names = [...wrong.keys()];
  return {
    wrong: names.filter((it) => keyOf(it) === undefined),
    untold: names.filter((it) => keyOf(it) !== undefined),
    said: names.filter((it) => untold[keyOf(it) ?? ""]?.said !== undefined),
  };
}

/** The key of a table that is about something: its name, or what it begins with (`time` of all hops). */
function keyIn(table: Record<string, unknown>, what: string): string | undefined {
  return Object.keys(table).find((it) => what === it || what.startsWith(`${it} of `));
}

/** What is wrong and not known, known to be wrong and now right, or not known without a word; nothing is well. */
export function surprises({ name, wrong, known, untold, unsaid }: Judged): string[] {
  const isSeen = (what: string) =>
    [...wrong.keys()].some((it) => it === what || it.startsWith(`${what} of `));
  return [
    ...[...wrong]
      .filter(([what]) => keyIn({ ...known, ...untold }, what) === undefined)
      .map(([what, how]) => `${name}: ${what} is wrong: ${how}`),
    ...[
      ...Object.keys(known).map((what) => ["known-wrong", what] as const),
      ...Object.keys(untold).map((what) => ["untold", what] as const),
    ]
      .filter(([, what]) => !isSeen(what))
      .map(([list, what]) => `${name}: ${what} is right now; take it out of ${list}`),
    ...unsaid.map((it) => `${name}: "${it}" is not said, by which the lab owns that it does not know`),
  ];
}
