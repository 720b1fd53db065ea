import type { Span, SpanKind, Trace } from "../src/model.ts";
import { makeSpan } from "./fixtures.ts";

/**
 * Reads a trace for tests from a drawing: one line a span, indented below its parent, with the service (of a proxy also
 * its direction, and of a sidecar the workload that it works for), the kind, start and end in milliseconds, and what else it says:
 *
 *     gateway SERVER 0-100
 *       gateway CLIENT 10-90 rpc.method=a.B/C
 *         gateway-proxy/outbound/gateway SERVER 12-88 http.status_code=200
 *
 * `status=error`, `id=x`, `parent=x`, `scope=x` and `name=x` (with + for a space) set the field of that name, `parent=`
 * makes a root; `resource.x=y` is an attribute of the resource, everything else one of the span. A service with a slash
 * is a proxy.
 */
export function drawnTrace(drawing: string, traceId = "0af7651916cd43dd8448eb211c80319c"): Trace {
  const open: { indent: number; id: string }[] = [];
  const spans: Span[] = [];
  for (const line of drawing.split("\n").filter((it) => it.trim() !== "")) {
    const indent = line.search(/\S/);
    const [name = "", kind = "", times = "", ...says] = line.trim().split(/\s+/);
    while (open.length > 0 && (open.at(-1) as { indent: number }).indent >= indent) open.pop();
    const span = toSpan(name, kind, times, `${spans.length + 1}`, open.at(-1)?.id, traceId);
    for (const said of says) say(span, said);
    spans.push(span);
    open.push({ indent, id: span.spanId });
  }
  return { traceId, spans };
}

function toSpan(
  name: string,
  kind: string,
  times: string,
  spanId: string,
  parentSpanId: string | undefined,
  traceId: string,
): Span {
  const [service = "", direction, workload] = name.split("/");
  const [start, end] = times.split("-").map((it) => BigInt(Math.round(Number(it) * 1e6)));
  return makeSpan({
    traceId,
    spanId,
    ...(parentSpanId ? { parentSpanId } : {}),
    name: `${service} ${kind}`,
    kind: kind.toLowerCase() as SpanKind,
    startNs: 1_700_000_000_000_000_000n + (start ?? 0n),
    endNs: 1_700_000_000_000_000_000n + (end ?? 0n),
    scope: { name: direction === undefined ? "app" : "envoy" },
    resource: {
      "service.name": service,
      ...(direction ? { "mesh.proxy.direction": direction } : {}),
      ...(workload ? { "mesh.proxy.workload": workload, "mesh.proxy.role": "sidecar" } : {}),
    },
  });
}

function say(span: Span, said: string): void {
  const at = said.indexOf("=");
  const [key, value] = [said.slice(0, at), said.slice(at + 1)];
  if (key === "status") span.status = { code: value as Span["status"]["code"] };
  else if (key === "id") span.spanId = value;
  else if (key === "name") span.name = value.replaceAll("+", " ");
  else if (key === "scope") span.scope = { name: value };
  else if (key === "parent" && value === "") delete span.parentSpanId;
  else if (key === "parent") span.parentSpanId = value;
  else if (key.startsWith("resource.")) span.resource[key.slice("resource.".length)] = value;
  else span.attributes[key] = value;
}
