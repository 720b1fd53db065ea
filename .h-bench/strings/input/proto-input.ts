import { broken } from "./broken.ts";
import { concat, utf8, viewOf } from "./bytes.ts";
import type { Layout } from "./detect.ts";
import type { Input } from "./input.ts";
import { JsonDocumentReader } from "./json-document.ts";
import { OtlpProtoReader } from "./otlp-proto.ts";
import type { Reading } from "./reading.ts";

/**
 * Reads OTLP's protobuf as its bytes come: one message, or many with their lengths. The Collector's file exporter
 * (contrib 0.161, `format: proto`) puts the length in 4 bytes before each, and with `compression: zstd` does so for
 * JSON too, each message packed by itself; OpenTelemetry's specification of a file exporter says a varint.
 */
export class ProtoInput implements Input {
  readonly #name: string;
  readonly #reading: Reading;
  readonly #layout: Exclude<Layout, "json">;
  readonly #messages: OtlpProtoReader;
  readonly #documents: JsonDocumentReader;
  #rest: Uint8Array[] = [];
  #restLength = 0;
  /** How many bytes must be there before it is worth to look again. */
  #needed = 1;
  #offset = 0;

  constructor(name: string, reading: Reading, layout: Exclude<Layout, "json">) {
    this.#name = name;
    this.#reading = reading;
    this.#layout = layout;
    this.#messages = new OtlpProtoReader(reading);
    this.#documents = new JsonDocumentReader(reading);
  }

  feed(chunk: Uint8Array): void {
    this.#rest.push(chunk);
    this.#restLength += chunk.length;
    if (this.#layout === "message" || this.#restLength < this.#needed) {
      return;
    }
    let bytes = this.#take();
    for (let frame = this.#frame(bytes); frame !== undefined; frame = this.#frame(bytes)) {
      if (frame.end > bytes.length) {
        this.#needed = frame.end;
        break;
      }
      this.#read(bytes.subarray(frame.start, frame.end));
      this.#offset += frame.end;
      bytes = bytes.subarray(frame.end);
      this.#needed = 1;
    }
    this.#rest = [bytes];
    this.#restLength = bytes.length;
  }

  end(): void {
    const bytes = this.#take();
    if (this.#layout === "message" || bytes.length === 0) {
      if (bytes.length > 0) this.#read(bytes);
      return;
    }
    const frame = this.#frame(bytes);
    this.#tellBroken(
      frame === undefined
        ? "it ends in the middle of a length"
        : `it ends after ${bytes.length - frame.start} of the ${frame.end - frame.start} bytes of a message`,
    );
    if (frame !== undefined && bytes.length > frame.start) {
      this.#read(bytes.subarray(frame.start));
    }
  }

  /** Where the next message stands; undefined as long as its length is not there. */
  #frame(bytes: Uint8Array): { start: number; end: number } | undefined {
    if (this.#layout === "length-prefixed") {
      return bytes.length < 4 ? undefined : { start: 4, end: 4 + viewOf(bytes).getUint32(0) };
    }
    let length = 0;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      length += (byte & 0x7f) * 128 ** i;
      if (byte < 0x80) {
        return { start: i + 1, end: i + 1 + length };
      }
      if (i === 4) {
        throw broken(this.#name, `there is no length of a message at byte ${this.#offset}`);
      }
    }
    return undefined;
  }

  #read(packed: Uint8Array): void {
    this.#reading.place = `${this.#name} (byte ${this.#offset})`;
    try {
      const message = this.#reading.unpack(packed);
      if (message[0] === 0x7b) {
        this.#documents.read(JSON.parse(utf8(message)));
      } else if (!this.#messages.read(message)) {
        this.#tellBroken("a message is cut off; the spans before that place were read");
      }
    } catch (error) {
      this.#tellBroken((error as Error).message);
    }
  }

  #tellBroken(why: string): void {
    const place = `${this.#name} (byte ${this.#offset})`;
    this.#reading.place = place;
    this.#reading.notice(`${place} is broken: ${why}`);
    this.#reading.unreadable("", `is broken: ${why}`);
  }

  #take(): Uint8Array {
    return this.#rest.length === 1 ? (this.#rest[0] as Uint8Array) : concat(this.#rest, this.#restLength);
  }
}
