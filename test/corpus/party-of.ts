import type { Span, Trace } from "@envoy-mesh-lab/trace";
import { LabError, serviceOf } from "@envoy-mesh-lab/trace";
import type { Party, Truth } from "./truth.ts";

/** A party of the truth, by its name. */
export type Named = Party & { readonly name: string; readonly serviceName: string };

/**
 * Tells of each span which party of the truth made it.
 *
 * @throws {LabError} when the truth has a span that no trace has, or leaves one out.
 */
export function partiesOf(name: string, truth: Truth, traces: readonly Trace[]): Map<Span, Named> {
  const spans = traces.flatMap((it) => it.spans);
  const found = new Map<Span, Named>();
  const wrong = (what: string) =>
    new LabError(`${name}/truth.yaml: ${what}`, { hint: "every span has one party, and every id one span" });
  for (const [partyName, party] of Object.entries(truth.parties)) {
    const named = { ...party, name: partyName, serviceName: party.service ?? partyName };
    for (const text of party.spans) {
      const [id, kind] = text.split(" ");
      const meant = spans.filter(
        (it) => (it.originalSpanId ?? it.spanId) === id && (kind === undefined || it.kind === kind),
      );
      const [span] = meant;
      if (span === undefined || meant.length > 1) throw wrong(`${text} is ${meant.length} spans`);
      if (found.has(span)) throw wrong(`${text} has two parties`);
      if (serviceOf(span) !== named.serviceName) {
        throw wrong(`${text} is of service ${serviceOf(span)}, not of ${named.serviceName}`);
      }
      found.set(span, named);
    }
  }
  const [left] = spans.filter((it) => !found.has(it));
  if (left !== undefined) throw wrong(`${left.spanId} "${left.name}" has no party`);
  return found;
}
