import type { Attributes } from "../model.ts";

type KeyValue = { key?: unknown; value?: Record<string, unknown> | null } | null;

/** How many resources of one service are remembered: its instances. */
const instances = 64;

/** How many services are remembered. */
const services = 10_000;

/**
 * Keeps one object for all batches of a resource. Each batch brings its resource anew, and most batches are small; so
 * it is recognised by comparing, which takes less than writing it as text for a key would.
 */
export class OtlpResources {
  readonly #known = new Map<string, { raw: KeyValue[]; attributes: Attributes }[]>();

  /** What was made of the same list before, or else what is made now. */
  get(raw: KeyValue[], make: () => Attributes): Attributes {
    const service = serviceIn(raw);
    let known = this.#known.get(service);
    if (known === undefined) {
      if (this.#known.size >= services) this.#known.clear();
      known = [];
      this.#known.set(service, known);
    }
    for (const it of known) {
      if (isSame(raw, it.raw)) return it.attributes;
    }
    if (known.length >= instances) known.length = 0;
    const attributes = make();
    known.push({ raw, attributes });
    return attributes;
  }
}

function serviceIn(raw: KeyValue[]): string {
  for (const item of raw) {
    if (item?.key === "service.name") {
      const name = item.value?.stringValue;
      return typeof name === "string" ? name : "";
    }
  }
  return "";
}

function isSame(a: KeyValue[], b: KeyValue[]): boolean {
  if (a.length !== b.length) {
    return false;
  }
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i], b[i]];
    if (x?.key !== y?.key) return false;
    const text = x?.value?.stringValue;
    const same =
      typeof text === "string" && typeof x?.key === "string"
        ? text === y?.value?.stringValue
        : JSON.stringify(x) === JSON.stringify(y);
    if (!same) return false;
  }
  return true;
}
