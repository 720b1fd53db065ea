import { severityOf } from "@envoy-mesh-lab/check";
import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { duration, originsOf, printable, textTable } from "@envoy-mesh-lab/trace";

/** A trace in a line. */
export interface TraceLine {
  traceId: string;
  /** When it began, in nanoseconds since 1970. */
  startNs: bigint;
  /** From its first to its last moment, in nanoseconds. */
  durationNs: bigint;
  /** The RPC as the first application that served it names it, or else the first span's name. */
  rpc: string;
  /** "ok", or the code of the error, or "error" where nothing tells one. */
  status: string;
  /** Codes of what `lab check` finds; notes are none. */
  findings: string[];
  spans: number;
}

/** What `lab check` says of a trace, as far as a line has room for it. */
interface Finding {
  code: Parameters<typeof severityOf>[0];
}

/** Puts a trace into a line. */
export function toLine(trace: Trace, findings: readonly Finding[]): TraceLine {
  const { spans } = trace;
  const origins = originsOf(trace);
  const byStart = spans.toSorted((a, b) => (a.startNs < b.startNs ? -1 : a.startNs > b.startNs ? 1 : 0));
  const served = byStart.find(
    (it) => it.kind === "server" && origins(it).role === "app" && rpcOf(it) !== undefined,
  );
  const first = byStart[0];
  const startNs = first?.startNs ?? 0n;
  const endNs = spans.reduce((max, it) => (it.endNs > max ? it.endNs : max), startNs);
  return {
    traceId: trace.traceId,
    startNs,
    durationNs: endNs - startNs,
    rpc: (served && rpcOf(served)) ?? first?.name ?? "",
    status: byStart.some((it) => it.status.code === "error") ? (codeOf(byStart) ?? "error") : "ok",
    findings: [
      ...new Set(findings.filter(({ code }) => severityOf(code) !== "note").map(({ code }) => code)),
    ],
    spans: spans.length,
  };
}

/** The RPC as semantic conventions have it now (`rpc.method` with its service) and had it before (`rpc.service`). */
function rpcOf({ attributes }: Span): string | undefined {
  const { "rpc.method": method, "rpc.service": service } = attributes;
  if (typeof method !== "string") return undefined;
  return typeof service === "string" ? `${service}/${method}` : method;
}

/** The code of the error, of the first span that tells one. */
function codeOf(spans: readonly Span[]): string | undefined {
  for (const key of ["rpc.response.status_code", "rpc.status_code", "error.type"]) {
    for (const { status, attributes } of spans) {
      const code = attributes[key];
      if (status.code === "error" && typeof code === "string") return code;
    }
  }
  return undefined;
}

/** Below this width RPCs are named without their service, and times are told to the second. */
const wideEnough = 110;

/** Which columns are cut where the width is not enough; `lab trace` tells the rest. */
const giving = [
  { column: 3, least: 6 },
  { column: 4, least: 5 },
  { column: 5, least: 7 },
];

/** Traces as a table, a line each. */
export function renderLines(lines: readonly TraceLine[], width: number): string {
  const isWide = width >= wideEnough;
  const rows = lines.map((it) => [
    timeOf(it.startNs).slice(0, isWide ? 12 : 8),
    it.traceId,
    duration(Number(it.durationNs)),
    printable(isWide ? it.rpc : (it.rpc.split("/").at(-1) ?? "")),
    printable(it.status),
    findingsInShort(it),
  ]);
  const heads = ["UTC", "TRACE", "TOOK", "RPC", "STATUS", "FINDING"];
  return textTable([heads, ...rows], ["left"], { width, giving }).join("\n");
}

/** The time of day in UTC, to the millisecond; a dash for a time that is none. */
function timeOf(ns: bigint): string {
  const date = new Date(Number(ns / 1_000_000n));
  return Number.isNaN(date.getTime()) ? "-" : date.toISOString().slice(11, 23);
}

function findingsInShort({ findings: [first, ...others] }: TraceLine): string {
  return first === undefined ? "-" : others.length === 0 ? first : `${first} +${others.length}`;
}
