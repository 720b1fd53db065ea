import type { Attributes, AttributeValue } from "../model.ts";
import type { Interner } from "./intern.ts";
import type { Keep } from "./reading.ts";
import { noAttributes, setAttribute } from "./span-parts.ts";

/** How deep a value may nest; deeper ones are no attributes that anybody wrote. */
const maxDepth = 32;

/**
 * Reads a list of OTLP's KeyValue in JSON (OTLP specification 1.x, "JSON Protobuf Encoding").
 *
 * @param keep the keys to keep; all when undefined.
 */
export class OtlpValues {
  readonly #texts: Interner;
  /** Whether something was odd since this was last set to false. */
  odd = false;

  constructor(texts: Interner) {
    this.#texts = texts;
  }

  attributes(list: unknown, keep: Keep, depth = 0): Attributes {
    if (list === undefined || list === null) {
      return noAttributes;
    }
    if (!Array.isArray(list) || depth > maxDepth) {
      this.odd = true;
      return noAttributes;
    }
    let attributes: Attributes | undefined;
    for (const item of list as ({ key?: unknown; value?: unknown } | null)[]) {
      const key = item?.key;
      if (typeof key !== "string") {
        this.odd = true;
      } else if (keep === undefined || keep.has(key)) {
        attributes ??= {};
        setAttribute(attributes, key, this.value(item?.value, depth));
      }
    }
    return attributes ?? noAttributes;
  }

  value(raw: unknown, depth = 0): AttributeValue {
    if (raw === undefined || raw === null) {
      return null;
    }
    if (typeof raw !== "object") {
      // Not OTLP's AnyValue, yet there is no doubt what is meant.
      return typeof raw === "string" ? this.#texts.text(raw) : (raw as number | boolean);
    }
    const value = raw as Record<string, unknown>;
    const text = value.stringValue ?? value.string_value;
    if (typeof text === "string") return this.#texts.text(text);
    const int = value.intValue ?? value.int_value;
    if (int !== undefined) return this.#int(int);
    const bool = value.boolValue ?? value.bool_value;
    if (typeof bool === "boolean") return bool;
    const double = value.doubleValue ?? value.double_value;
    if (double !== undefined) return this.#double(double);
    const bytes = value.bytesValue ?? value.bytes_value;
    if (typeof bytes === "string") return bytes;
    const list = (value.arrayValue ?? value.array_value) as { values?: unknown } | undefined;
    if (list !== undefined) {
      const values = list?.values ?? [];
      if (Array.isArray(values) && depth < maxDepth) {
        return values.map((it) => this.value(it, depth + 1));
      }
      this.odd = true;
      return null;
    }
    const map = (value.kvlistValue ?? value.kvlist_value) as { values?: unknown } | undefined;
    if (map !== undefined) {
      return this.attributes(map?.values, undefined, depth + 1);
    }
    this.odd ||= Object.keys(value).length > 0;
    return null;
  }

  #int(raw: unknown): AttributeValue {
    if (typeof raw === "string" && /^-?\d{1,19}$/.test(raw)) {
      const number = Number(raw);
      return Number.isSafeInteger(number) ? number : BigInt(raw);
    }
    if (typeof raw === "number") {
      return raw;
    }
    this.odd = true;
    return null;
  }

  #double(raw: unknown): AttributeValue {
    // JSON has no word for these, so protobuf's JSON mapping writes them as text.
    const number = raw === "NaN" || raw === "Infinity" || raw === "-Infinity" ? Number(raw) : raw;
    if (typeof number === "number") return number;
    if (typeof number === "string" && number !== "" && Number.isFinite(Number(number))) return Number(number);
    this.odd = true;
    return null;
  }
}
