import { isOtlpJson, OtlpJsonReader } from "./otlp-json.ts";
import { type Reading, show } from "./reading.ts";

/** Reads JSON documents of any known shape into spans. */
export class JsonDocumentReader {
  readonly #reading: Reading;
  readonly #otlp: OtlpJsonReader;

  constructor(reading: Reading) {
    this.#reading = reading;
    this.#otlp = new OtlpJsonReader(reading);
  }

  /** Reads one document; what is not of a known shape is remembered as unreadable. */
  read(document: unknown): void {
    try {
      this.#dispatch(document);
    } catch (error) {
      // Values that nest some thousand levels deep exhaust the stack; nothing else throws it here.
      if (!(error instanceof RangeError)) throw error;
      this.#reading.unreadable("", "nests too deep");
    }
  }

  #dispatch(document: unknown): void {
    if (isOtlpJson(document)) {
      this.#otlp.read(document);
    } else {
      this.#reading.unreadable("", `${show(document)}, which is no trace data that is known here`);
    }
  }
}
