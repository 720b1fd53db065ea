import type { Span } from "../model.ts";
import type { JsonBytes } from "./json-bytes.ts";
import { unusual } from "./json-bytes.ts";
import type { Reading } from "./reading.ts";

/** So many documents that have to be read again say that the next ones will have to be, too. */
const patience = 3;

/** Reads documents in the quick way, each wholly or not at all, for as long as that comes off. */
export class QuickReading {
  /** The spans of the document that is being read. */
  spans: Span[] = [];
  readonly #reading: Reading;
  readonly #json: JsonBytes;
  #failures = 0;

  constructor(reading: Reading, json: JsonBytes) {
    this.#reading = reading;
    this.#json = json;
  }

  /** Begins with another input, which may be written in another way. */
  begin(): void {
    this.#failures = 0;
  }

  /**
   * Reads a document. False when it has to be read in the thorough way; then nothing was taken.
   *
   * @param document takes it from the bytes into `spans`, and throws `unusual` where it is not as it usually is.
   */
  read(bytes: Uint8Array, document: () => void): boolean {
    if (this.#failures >= patience) return false;
    this.spans = [];
    try {
      this.#json.open(bytes);
      document();
      if (!this.#json.isEnd()) throw unusual;
    } catch (error) {
      if (error !== unusual) throw error;
      this.#failures++;
      return false;
    }
    this.#failures = 0;
    for (const it of this.spans) this.#reading.add(it);
    this.spans = [];
    return true;
  }
}
