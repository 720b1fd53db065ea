import type { AttributeValue } from "../model.ts";
import { closeList, closeObject, isDigit, literal, openList, openObject, unusual } from "./json-bytes.ts";
import type { JsonFields } from "./json-fields.ts";
import { KeptKeys } from "./json-fields.ts";
import type { OtlpMembers } from "./otlp-members.ts";
import { member } from "./otlp-members.ts";
import type { OtlpValues } from "./otlp-value.ts";
import type { PackedSpans } from "./packed-spans.ts";
import type { Keep } from "./reading.ts";

/** What stands around keys and values, as exporters write it. */
const forms = {
  key: literal('{"key":"'),
  value: literal(',"value":'),
  string: literal('{"stringValue":"'),
  int: literal('{"intValue":"'),
};

/** The key of an attribute that is kept. */
interface Key {
  readonly number: number;
  /** Whether it names a span's service, which may be another one than its resource's. */
  readonly isService: boolean;
}

/** Packs the attributes of spans from OTLP's JSON, as far as they are kept. */
export class OtlpAttributeBytes {
  /** The values that were not packed, as they are neither texts nor whole numbers. */
  odd: AttributeValue[] = [];
  /** Whether one of them names a service. */
  hasService = false;
  readonly #fields: JsonFields;
  readonly #members: OtlpMembers;
  readonly #values: OtlpValues;
  readonly #packed: PackedSpans;
  readonly #keys: KeptKeys<Key>;

  /** @param values reads what is odd. */
  constructor(fields: JsonFields, members: OtlpMembers, values: OtlpValues, packed: PackedSpans, keep: Keep) {
    this.#fields = fields;
    this.#members = members;
    this.#values = values;
    this.#packed = packed;
    this.#keys = new KeptKeys(keep, (key) => ({
      number: packed.key(key),
      isService: key === "service.name",
    }));
  }

  /** Begins with another span. */
  begin(): void {
    if (this.odd.length > 0) this.odd = [];
    this.hasService = false;
  }

  /** Takes a list of attributes. */
  take(): void {
    const { json } = this.#fields;
    json.take(openList);
    if (json.takes(closeList)) return;
    do {
      const key = this.#key();
      if (key === undefined) {
        this.#pass();
      } else {
        this.hasService ||= key.isService;
        this.#value(key.number);
      }
      json.take(closeObject);
    } while (json.goesOn(closeList));
  }

  /** Takes an attribute up to its value: its key, or undefined when it is not kept. */
  #key(): Key | undefined {
    const { json } = this.#fields;
    if (json.literal(forms.key)) {
      json.text();
    } else {
      json.take(openObject);
      if (this.#members.take() !== member.key) throw unusual;
      json.string();
    }
    if (json.hasEscapes) throw unusual;
    const key = this.#keys.of(json);
    if (!json.literal(forms.value) && (!json.goesOn(closeObject) || this.#members.take() !== member.value))
      throw unusual;
    return key;
  }

  /** Passes a value. */
  #pass(): void {
    const { json } = this.#fields;
    const start = json.at;
    if (json.literal(forms.string) || json.literal(forms.int)) {
      json.text();
      if (json.takes(closeObject)) return;
      json.at = start;
    }
    json.skip();
  }

  /** Takes OTLP's AnyValue. */
  #value(key: number): void {
    const { json } = this.#fields;
    const start = json.at;
    if (json.literal(forms.string)) {
      json.text();
      if (json.takes(closeObject)) {
        this.#packed.text(key, json);
        return;
      }
    } else if (json.literal(forms.int)) {
      const value = this.#integer();
      if (value !== undefined && json.takes(closeObject)) {
        this.#packed.number(key, value);
        return;
      }
    }
    json.at = start;
    const raw = this.#fields.parsed();
    this.#values.odd = false;
    this.odd.push(this.#values.value(raw));
    if (this.#values.odd) throw unusual;
    this.#packed.inRest(key);
  }

  /** Takes the rest of a string of up to 15 digits; undefined when it is anything else. */
  #integer(): number | undefined {
    const { json } = this.#fields;
    json.text();
    const { bytes, from, to } = json;
    if (from === to || to - from > 15) return undefined;
    let value = 0;
    for (let i = from; i < to; i++) {
      const byte = bytes[i] as number;
      if (!isDigit(byte)) return undefined;
      value = value * 10 + byte - 0x30;
    }
    return value;
  }
}
