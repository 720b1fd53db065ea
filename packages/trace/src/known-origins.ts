import type { Span } from "./model.ts";
import type { Origin } from "./origin.ts";
import { evidenceAttributes } from "./proxy-evidence.ts";
import { placeAttributes } from "./proxy-place.ts";

/** Attributes of which only counts whether they are there; of the others, their values too. */
const presenceOnly = new Set([
  "guid:x-request-id",
  "upstream_address",
  "response_flags",
  "downstream_cluster",
]);
/** Each key that counts, with a bit of its own where only counts whether it is there, and else 0. */
const bits = new Map(
  [...new Set([...evidenceAttributes, ...placeAttributes])].map((it) => [
    it,
    presenceOnly.has(it) ? 1 << [...presenceOnly].indexOf(it) : 0,
  ]),
);

/** How many steps are remembered; span names with an id in them would fill the memory. */
const limit = 50_000;

/** What comes after each value, and who made the spans that end here. */
class Step {
  readonly next = new Map<unknown, Step>();
  made: Origin | undefined;
}

/**
 * Remembers who made the spans that say the same of themselves: most spans of a mesh do. What is remembered is shared,
 * and must not be changed.
 */
export class KnownOrigins {
  readonly #look: (span: Span) => Origin;
  #start = new Step();
  #steps = 0;

  /** @param look says who made a span that is not known. */
  constructor(look: (span: Span) => Origin) {
    this.#look = look;
  }

  of(span: Span): Origin {
    const { attributes } = span;
    // Objects of the span's own, lists for example, are not told apart here: such a span is looked at by itself.
    let step = this.#step(this.#step(this.#step(this.#start, span.resource), span.scope), span.name);
    step = this.#step(step, span.kind);
    let present = 0;
    // Spans have few attributes that count, and the same ones in the same order.
    for (const key in attributes) {
      const bit = bits.get(key);
      if (bit === undefined) continue;
      present |= bit;
      if (bit !== 0) continue;
      const value = attributes[key];
      if (typeof value === "object") return this.#look(span);
      step = this.#step(this.#step(step, key), value);
    }
    step = this.#step(step, present);
    step.made ??= this.#look(span);
    return step.made;
  }

  #step(from: Step, by: unknown): Step {
    let step = from.next.get(by);
    if (step === undefined) {
      if (this.#steps++ > limit) {
        this.#start = new Step();
        this.#steps = 0;
      }
      step = new Step();
      from.next.set(by, step);
    }
    return step;
  }
}
