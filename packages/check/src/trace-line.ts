import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { originsOf, serviceOf } from "@envoy-mesh-lab/trace";
import { severityOf } from "./findings.ts";

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
  /** The services that made its spans, in the order in which they began. */
  services: string[];
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
    services: [...new Set(byStart.map(serviceOf))],
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
