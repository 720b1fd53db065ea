import { broken } from "./broken.ts";
import { concat, latin1, utf8 } from "./bytes.ts";
import { mendCutJson, traceIdsIn } from "./cut-json.ts";
import { foreignText } from "./foreign.ts";
import type { Format } from "./format.ts";
import { readTraceId } from "./ids.ts";
import type { Input } from "./input.ts";
import type { JsonDocumentReader } from "./json-document.ts";
import { documentReader } from "./json-document.ts";
import { placeOfJsonError, startOfNext } from "./json-error.ts";
import type { Reading } from "./reading.ts";

/** The longest text that a JavaScript engine holds; a JSON document can be no larger, JSON lines can. */
const largestDocument = 2 ** 29 - 25;

const newline = 10;

/** Reads JSON as its bytes come: JSON lines one by one, any other JSON at the end. */
export class JsonInput implements Input {
  readonly #reading: Reading;
  readonly #name: string;
  readonly #documents: JsonDocumentReader;
  /** Bytes that no line was made of yet. */
  #rest: Uint8Array[] = [];
  #restLength = 0;
  /** Whether the first line was a document of its own; undefined as long as no line was complete. */
  #byLines: boolean | undefined;
  #line = 0;
  #offset = 0;

  /**
   * @param name what the user calls the input: the path as it was given.
   * @param format the only one that is taken; any when undefined.
   */
  constructor(name: string, reading: Reading, format?: Format) {
    this.#name = name;
    this.#reading = reading;
    this.#documents = documentReader(reading, format);
  }

  /** Takes the next bytes. */
  feed(chunk: Uint8Array): void {
    if (this.#byLines === false) {
      this.#keep(chunk);
      return;
    }
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const line = this.#take(chunk.subarray(start, end + 1));
      start = end + 1;
      if (!this.#readLine(line)) {
        this.#byLines = false;
        this.#keep(line);
        break;
      }
    }
    if (start < chunk.length) {
      this.#keep(chunk.subarray(start));
    }
  }

  /**
   * Says that no byte follows.
   *
   * @throws {LabError} (exit code `usage`) when the input is one document and broken.
   */
  end(): void {
    const rest = this.#take(new Uint8Array(0));
    if (this.#byLines === true) {
      if (!isBlank(rest)) this.#readLine(rest);
      return;
    }
    this.#readDocument(rest);
  }

  /** @returns false when this is the first line, and no document of its own: then all lines are one document. */
  #readLine(line: Uint8Array): boolean {
    this.#line++;
    const offset = this.#offset;
    this.#offset += line.length;
    if (isBlank(line)) {
      return true;
    }
    this.#reading.place = `${this.#name}:${this.#line}`;
    if (this.#documents.readBytes(line)) {
      this.#byLines ??= true;
      return true;
    }
    const text = utf8(line);
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch (error) {
      if (this.#byLines === undefined) {
        this.#offset = offset;
        return false;
      }
      this.#salvage(text, `${this.#name}:${this.#line} (byte ${offset})`, error as Error);
      return true;
    }
    this.#byLines ??= true;
    this.#documents.read(document);
    return true;
  }

  #readDocument(bytes: Uint8Array): void {
    this.#reading.place = this.#name;
    if (bytes.length > largestDocument) {
      throw broken(
        this.#name,
        `it is one JSON document of ${bytes.length} bytes, and ${largestDocument} is the most`,
      );
    }
    if (isBlank(bytes) || this.#documents.readBytes(bytes)) {
      return;
    }
    let text = utf8(bytes);
    for (let offset = 0; text.trimStart() !== ""; ) {
      let document: unknown;
      let end = text.length;
      try {
        document = JSON.parse(text);
      } catch (error) {
        const next = startOfNext(error as Error);
        if (next === undefined || next === 0) {
          this.#readBroken(text, offset, error as Error);
          return;
        }
        // Several documents one after the other, as `curl … >> file` makes them.
        document = JSON.parse(text.slice(0, next));
        end = next;
      }
      this.#documents.read(document);
      offset += end;
      text = text.slice(end);
    }
  }

  #readBroken(text: string, offset: number, error: Error): void {
    if (!this.#salvage(text, this.#name, error)) {
      const place = offset === 0 ? placeOfJsonError(text, error) : `behind character ${offset}`;
      throw broken(
        place === "" ? this.#name : `${this.#name}, ${place}`,
        foreignText(text.slice(0, 200)) ?? error.message,
        error,
      );
    }
  }

  /** Reads what is whole of a broken text, and says what is lost. */
  #salvage(text: string, place: string, error: Error): boolean {
    const cut = mendCutJson(text);
    const end = cut?.end ?? 0;
    this.#reading.place = place;
    let document: unknown;
    try {
      document = cut === undefined ? undefined : JSON.parse(cut.whole);
    } catch {
      // Broken before the place where it ends, too.
      document = undefined;
    }
    if (document !== undefined) {
      this.#documents.read(document);
    }
    const lost = text.slice(document === undefined ? 0 : end);
    const where = `after character ${document === undefined ? 0 : end} of ${text.length}`;
    this.#reading.notice(`${place} is broken (${error.message}): what stands ${where} could not be read`);
    this.#reading.unreadable("", `is broken: ${error.message}`);
    for (const raw of new Set(traceIdsIn(lost))) {
      const id = readTraceId(raw)?.id;
      if (id !== undefined) {
        this.#reading.note(id, "cut-off", undefined, `${place}, ${where}`);
      }
    }
    return document !== undefined;
  }

  #keep(bytes: Uint8Array): void {
    this.#rest.push(bytes);
    this.#restLength += bytes.length;
  }

  /** What was kept, and these bytes behind it. */
  #take(bytes: Uint8Array): Uint8Array {
    if (this.#rest.length === 0) {
      return bytes;
    }
    const all = concat([...this.#rest, bytes], this.#restLength + bytes.length);
    this.#rest = [];
    this.#restLength = 0;
    return all;
  }
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.length < 16 && latin1(bytes).trim() === "";
}
