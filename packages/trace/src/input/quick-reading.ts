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
  /** Of the packed spans of that document the traces, the places, and which have something odd about them. */
  #traceIds: string[] = [];
  #places: number[] = [];
  readonly #odd = new Set<number>();

  constructor(reading: Reading, json: JsonBytes) {
    this.#reading = reading;
    this.#json = json;
  }

  /** Begins with another input, which may be written in another way. */
  begin(): void {
    this.#failures = 0;
  }

  /**
   * Adds a span of the document that was packed.
   *
   * @param isUsual whether there is nothing to tell about it.
   */
  addPacked(traceId: string, place: number, isUsual: boolean): void {
    this.#traceIds.push(traceId);
    this.#places.push(place);
    if (!isUsual) this.#odd.add(place);
  }

  /**
   * Reads a document. False when it has to be read in the thorough way; then nothing was taken.
   *
   * @param document takes it from the bytes into `spans`, and throws `unusual` where it is not as it usually is.
   */
  read(bytes: Uint8Array, document: () => void): boolean {
    if (this.#failures >= patience) return false;
    try {
      this.#json.open(bytes);
      document();
      if (!this.#json.isEnd()) throw unusual;
    } catch (error) {
      if (error !== unusual) throw error;
      this.#failures++;
      this.#drop();
      return false;
    }
    this.#failures = 0;
    for (const it of this.spans) this.#reading.add(it);
    this.spans = [];
    this.#takePacked();
    return true;
  }

  #takePacked(): void {
    const { groups } = this.#reading;
    for (let i = 0; i < this.#places.length; i++) {
      const [traceId, place] = [this.#traceIds[i] as string, this.#places[i] as number];
      if (this.#odd.has(place)) this.#reading.add(groups.packed.take(place, traceId));
      else groups.addPacked(traceId, place);
    }
    this.#forget();
  }

  #drop(): void {
    this.spans = [];
    for (const it of this.#places) this.#reading.groups.packed.drop(it);
    this.#forget();
  }

  #forget(): void {
    this.#traceIds = [];
    this.#places = [];
    this.#odd.clear();
  }
}
