import type { Attributes, Span } from "../model.ts";
import type { QuirkNotes } from "./quirks.ts";
import { note, unnote } from "./quirks.ts";

/** Less than what one format can tell: Jaeger's and Zipkin's times are whole microseconds. */
const grainNs = 1000n;

/**
 * Keeps one of the copies of a span that was sent more than once on different ways: by two exporters of one process, or
 * through two Collectors of which one adds attributes; and of one that was written before it had ended, beside the whole.
 * Copies are of one service, kind and name, and began in the same moment, which two different spans of one id never do.
 * The one with more to say of its resource is kept, and what only the others say of the span is added to it.
 *
 * @param records different records of one id, in an order of their own, which the result has too.
 * @param shared spans that say that another span has their id too: each is somebody else's, who took up the same message.
 */
export function joinCopies(records: Span[], shared: ReadonlySet<Span>, notes: QuirkNotes): Span[] {
  const kept: Span[] = [];
  for (const record of records) {
    const at = shared.has(record) ? -1 : kept.findIndex((it) => isCopy(it, record));
    if (at < 0) {
      kept.push(record);
      continue;
    }
    kept[at] = joined(kept[at] as Span, record);
    note(notes, "copied-span", record.spanId);
    unnote(notes, "no-end", record.spanId);
  }
  return kept;
}

function isCopy(a: Span, b: Span): boolean {
  const isSame =
    a.kind === b.kind && a.name === b.name && a.resource["service.name"] === b.resource["service.name"];
  return (
    isSame &&
    isOneMoment(a.startNs, b.startNs) &&
    (isOneMoment(a.endNs, b.endNs) || isUnfinished(a) !== isUnfinished(b))
  );
}

function isOneMoment(a: bigint, b: bigint): boolean {
  const apart = a > b ? a - b : b - a;
  return apart < grainNs;
}

/** Whether a span may have been written before it had ended: the reader took its start for its end. */
function isUnfinished({ startNs, endNs }: Span): boolean {
  return startNs === endNs;
}

function joined(a: Span, b: Span): Span {
  const [kept, other] = countOf(b.resource) > countOf(a.resource) ? [b, a] : [a, b];
  const timed = isUnfinished(kept) ? other : kept;
  const { status } = kept.status.code === "unset" ? other : kept;
  return {
    ...kept,
    startNs: timed.startNs,
    endNs: timed.endNs,
    status,
    attributes: { ...other.attributes, ...kept.attributes },
    events: kept.events.length > 0 ? kept.events : other.events,
    links: kept.links.length > 0 ? kept.links : other.links,
  };
}

function countOf(attributes: Attributes): number {
  return Object.keys(attributes).length;
}
