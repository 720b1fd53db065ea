import type { AttributeValue, OriginFinder, Span, SpanNode, Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError, originsOf, serviceOf, toForest } from "@envoy-mesh-lab/trace";
import type { ExpectedSpan } from "./expected.ts";

/** A hop that is expected, and what its spans are called, which is for readers. */
export interface FoundHop extends Pick<ExpectedSpan, "service" | "direction" | "kind" | "role"> {
  readonly count: number;
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly isError: boolean;
  readonly spanName: string;
  readonly children: readonly (readonly FoundHop[])[];
}

/**
 * Attributes that name an operation, of which there are few (OpenTelemetry's semantic conventions 1.37, "low cardinality"). All
 * others may differ from call to call: ids, addresses, ports, times, sizes. Of several names for the same, the newest counts.
 */
const namingAttributes = [
  ["rpc.system.name", "rpc.system"],
  ["rpc.service"],
  ["rpc.method"],
  ["http.request.method", "http.method"],
  ["http.route"],
  ["db.system.name", "db.system"],
  ["db.operation.name"],
  ["messaging.system"],
  ["messaging.operation.name"],
] as const;

/**
 * The hops of a good trace, as a file of expectations has them: from the root on, spans alike below one hop put together
 * with their number, and a branch for each where several kinds of spans are below one.
 *
 * @throws {LabError} (exit code `usage`) when the trace is in pieces, or a span has no kind.
 */
export function hopsOf(trace: Trace, findOrigins: OriginFinder = originsOf): FoundHop[] {
  const { roots, orphans } = toForest(trace);
  const [root] = roots;
  if (root === undefined || roots.length > 1 || orphans.length > 0) {
    const pieces = `${roots.length} roots, and ${orphans.length} spans whose parent is not in it`;
    throw new LabError(`trace ${trace.traceId} is in pieces: ${pieces}`, {
      exitCode: ExitCode.usage,
      hint: "expectations are made from a good trace: `check` says what is wrong with this one",
    });
  }
  const origins = findOrigins(trace);
  const keyOf = ({ span }: SpanNode) => {
    const { role, direction = "" } = origins(span);
    return [serviceOf(span), direction, span.kind, role].join("\n");
  };
  const chain = (nodes: readonly SpanNode[]): FoundHop[] => {
    const below = [
      ...Map.groupBy(
        nodes.flatMap((it) => it.children),
        keyOf,
      ).values(),
    ];
    const branches = below.map(chain);
    const [only] = branches;
    const isChain = branches.length === 1 && only !== undefined;
    const spans = nodes.map((it) => it.span);
    const first = spans[0] as Span;
    const { role, direction } = origins(first);
    const hop: FoundHop = {
      service: serviceOf(first),
      ...(direction === undefined ? {} : { direction }),
      kind: kindOf(first),
      role,
      count: spans.length,
      attributes: sharedAttributes(spans),
      isError: spans.every((it) => it.status.code === "error"),
      spanName: spans.every((it) => it.name === first.name) ? first.name : "",
      children: isChain ? [] : branches,
    };
    return [hop, ...(isChain ? only : [])];
  };
  return chain([root]);
}

function kindOf({ kind, spanId, traceId }: Span): FoundHop["kind"] {
  if (kind !== "unspecified") return kind;
  throw new LabError(`span ${spanId} of trace ${traceId} has no kind, and a hop needs one`, {
    exitCode: ExitCode.usage,
    hint: "what made it has to set its span kind (OpenTelemetry's trace API, SpanKind)",
  });
}

/** What names the operation, where all of the spans say the same. */
function sharedAttributes(spans: readonly Span[]): Record<string, AttributeValue> {
  const [first] = spans;
  const shared = namingAttributes.flatMap((keys) => {
    const key = keys.find((it) => first?.attributes[it] !== undefined) ?? keys[0];
    const value = first?.attributes[key];
    const isShared = typeof value === "string" && spans.every((it) => it.attributes[key] === value);
    return isShared ? [[key, value] as const] : [];
  });
  return Object.fromEntries(shared);
}
