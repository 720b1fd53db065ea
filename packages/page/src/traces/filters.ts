/** Which traces the list shows, as people say it. All are texts of a form; empty ones choose nothing. */
export interface TraceFilters {
  /** `service.name` of a service or proxy that has a span in it. */
  readonly service: string;
  /** A part of the RPC's name. */
  readonly rpc: string;
  /** The trace took longer than this: "50ms". */
  readonly longerThan: string;
  /** With an error only. */
  readonly isError: boolean;
  /** A part of the code of a finding, or "any". TraceQL knows nothing of findings, so the list itself chooses by it. */
  readonly finding: string;
  /** A TraceQL query. */
  readonly traceQl: string;
}

/** Every trace. */
export const noFilters: TraceFilters = {
  service: "",
  rpc: "",
  longerThan: "",
  isError: false,
  finding: "",
  traceQl: "",
};

/** Lengths of time as TraceQL writes them (Tempo 2.8, "Construct a TraceQL query", duration). */
const traceQlDuration = /^\d+(\.\d+)?(ns|us|µs|ms|s|m|h)$/;

/**
 * The TraceQL query that chooses these traces. Each condition may hold for another span of the trace.
 *
 * @throws {Error} in words for the user, when a length of time is none.
 */
export function toTraceQl({ service, rpc, longerThan, isError, traceQl }: TraceFilters): string {
  const took = longerThan.replaceAll(" ", "");
  if (took !== "" && !traceQlDuration.test(took)) {
    throw new Error(`"${longerThan}" is no length of time; one is 50ms, 1.5s or 200us`);
  }
  const conditions = [
    ...(service === "" ? [] : [`{ resource.service.name = ${quoted(service)} }`]),
    ...(rpc === "" ? [] : [`{ name =~ ${quoted(`.*${escapedRegExp(rpc)}.*`)} }`]),
    ...(took === "" ? [] : [`{ traceDuration > ${took} }`]),
    ...(isError ? ["{ status = error }"] : []),
  ];
  const own = traceQl.trim();
  if (own === "") return conditions.join(" && ") || "{}";
  return conditions.length === 0 ? own : `(${own}) && ${conditions.join(" && ")}`;
}

/** The filters that the query of an address says. */
export function filtersOf(query: URLSearchParams): TraceFilters {
  const text = (name: string) => query.get(name) ?? "";
  return {
    service: text("service"),
    rpc: text("rpc"),
    longerThan: text("longer"),
    isError: query.has("error"),
    finding: text("finding"),
    traceQl: text("q"),
  };
}

/** Filters as the query of an address; {@link filtersOf} reads it. */
export function queryOf(filters: TraceFilters): URLSearchParams {
  const { service, rpc, longerThan, isError, finding, traceQl } = filters;
  const said = Object.entries({
    service,
    rpc,
    longer: longerThan,
    error: isError ? "1" : "",
    finding,
    q: traceQl,
  });
  return new URLSearchParams(said.filter(([, it]) => it !== ""));
}

/** Whether a trace with these findings is shown. */
export function hasFinding(findings: readonly string[], wanted: string): boolean {
  const text = wanted.trim().toLowerCase();
  if (text === "") return true;
  return text === "any" ? findings.length > 0 : findings.some((it) => it.includes(text));
}

/** A text as TraceQL quotes it: as Go does. */
function quoted(text: string): string {
  return JSON.stringify(text);
}

/** Go's regular expressions (RE2) escape what ours do. */
function escapedRegExp(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
}
