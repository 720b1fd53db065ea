import { broken } from "./broken.ts";
import { concat, latin1 } from "./bytes.ts";
import { detectLayout, enoughToTell } from "./detect.ts";
import { foreignText } from "./foreign.ts";
import type { Format } from "./format.ts";
import type { Input } from "./input.ts";
import { JsonInput } from "./json-input.ts";
import { ProtoInput } from "./proto-input.ts";
import type { Reading } from "./reading.ts";

/** How much of a text that is nothing that is read is looked at, in bytes, to say what it is. */
const enoughToTellText = 500;

/** What some programs put before UTF-8. */
const byteOrderMark = "\u00ef\u00bb\u00bf";

/** Reads one input, a file for example, as its bytes come. How it is laid out is told by its first bytes. */
export class InputReader implements Input {
  readonly #name: string;
  readonly #reading: Reading;
  readonly #format: Format | undefined;
  #head: Uint8Array = new Uint8Array(0);
  #input: Input | undefined;

  /**
   * @param name what the user calls the input: the path as it was given.
   * @param format the only one that is taken; any when undefined.
   */
  constructor(name: string, reading: Reading, format?: Format) {
    this.#name = name;
    this.#reading = reading;
    this.#format = format;
  }

  feed(chunk: Uint8Array): void {
    if (this.#input !== undefined) {
      this.#input.feed(chunk);
      return;
    }
    // A copy, as the memory of a chunk may be used again.
    this.#head = concat([this.#head, chunk]);
    if (this.#head.length >= enoughToTell) {
      const input = this.#begin();
      input.feed(this.#head);
    }
  }

  end(): void {
    if (this.#input === undefined) {
      if (latin1(this.#head).trim() === "") {
        // No span; whether any other input has some is not known here.
        return;
      }
      const input = this.#begin();
      input.feed(this.#head);
    }
    this.#input?.end();
  }

  #begin(): Input {
    if (latin1(this.#head, 0, 3) === byteOrderMark) {
      this.#head = this.#head.subarray(3);
    }
    const layout = detectLayout(this.#head.subarray(0, enoughToTell));
    const wanted = this.#format;
    if (layout === undefined) {
      if (/^(\xff\xfe|\xfe\xff)/.test(latin1(this.#head, 0, 2))) {
        throw broken(this.#name, "it is UTF-16, as PowerShell's > writes it: save it as UTF-8");
      }
      const foreign = foreignText(latin1(this.#head.subarray(0, enoughToTellText)));
      if (foreign !== undefined) throw broken(this.#name, foreign);
      const start = JSON.stringify(latin1(this.#head, 0, 20));
      throw broken(this.#name, `it begins with ${start}, which is neither JSON nor OTLP's protobuf`);
    }
    if (wanted !== undefined && (wanted === "otlp-proto") === (layout === "json")) {
      throw broken(
        this.#name,
        `it is ${layout === "json" ? "JSON" : "protobuf"}, and --format says ${wanted}`,
      );
    }
    this.#input =
      layout === "json"
        ? new JsonInput(this.#name, this.#reading, wanted)
        : new ProtoInput(this.#name, this.#reading, layout);
    return this.#input;
  }
}
