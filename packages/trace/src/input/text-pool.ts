import { BytePool } from "./byte-pool.ts";
import { utf8 } from "./bytes.ts";
import type { JsonBytes } from "./json-bytes.ts";

/** A longer text is seldom the same as another one. */
const longest = 80;

/** Makes texts of the strings of JSON; of one that comes again nothing is made anew. */
export class TextPool {
  readonly #texts = new BytePool((text) => text);

  /** The string that was taken last. */
  get(json: JsonBytes): string {
    const { bytes, from, to } = json;
    if (json.hasEscapes) return JSON.parse(utf8(bytes, from - 1, to + 1)) as string;
    if (to - from > longest) return utf8(bytes, from, to);
    return this.#texts.get(json);
  }
}
