import type { Span } from "../model.ts";
import { findProxy } from "../proxy-evidence.ts";
import { serviceOf } from "../service-name.ts";
import type { QuirkNotes } from "./quirks.ts";
import { note } from "./quirks.ts";

/**
 * Gives a kind to spans that say none, where their place between two services tells it: OpenTracing's libraries (Jaeger's
 * for C++, many a hand-made span) need not say one.
 *
 * A span is a CLIENT span if all that it holds is one span of another service, and it is not itself what another service
 * asked for; that span of the other service, if it says no kind either, is then the SERVER span. Both must lie within
 * each other's times: what began after its parent had ended was no call that somebody waited for.
 *
 * A span with another service above and below stays without a kind, as a proxy that makes one span a hop; so does one that
 * says that it is a proxy's, as nginx's for a location, which holds nginx's own work too.
 *
 * @param byId the spans of the trace by id.
 */
export function settleKinds(
  spans: readonly Span[],
  byId: ReadonlyMap<string, Span>,
  notes: QuirkNotes,
): void {
  if (!spans.some((it) => it.kind === "unspecified")) return;
  /** By id: the only child, or null where there are several. */
  const onlyChild = new Map<string, Span | null>();
  for (const span of spans) {
    const { parentSpanId } = span;
    if (parentSpanId === undefined) continue;
    onlyChild.set(parentSpanId, onlyChild.has(parentSpanId) ? null : span);
  }
  const calls = spans.filter((it) => it.kind === "unspecified" && isCall(it, onlyChild, byId));
  for (const call of calls) {
    const answer = onlyChild.get(call.spanId) as Span;
    call.kind = "client";
    note(notes, "settled-kind", call.spanId);
    const further = onlyChild.get(answer.spanId);
    const isBetween = further != null && serviceOf(further) !== serviceOf(answer);
    if (answer.kind !== "unspecified" || isBetween) continue;
    answer.kind = "server";
    note(notes, "settled-kind", answer.spanId);
  }
}

function isCall(
  span: Span,
  onlyChild: ReadonlyMap<string, Span | null>,
  byId: ReadonlyMap<string, Span>,
): boolean {
  const answer = onlyChild.get(span.spanId);
  if (answer == null || serviceOf(answer) === serviceOf(span)) return false;
  if (answer.kind !== "unspecified" && answer.kind !== "server") return false;
  if (findProxy(span) !== undefined || findProxy(answer) !== undefined) return false;
  if (answer.startNs < span.startNs || answer.endNs > span.endNs) return false;
  const above = span.parentSpanId === undefined ? undefined : byId.get(span.parentSpanId);
  return above !== undefined && serviceOf(above) === serviceOf(span);
}
