import { randomFillSync } from "node:crypto";

/** The service that the spans made here are of; a search in Tempo finds them by it. */
export const spanSource = "span-load";

/** What a batch of spans is made of. */
export interface BatchShape {
  /** Of how many traces. */
  readonly traces: number;
  readonly spansPerTrace: number;
  /** Bytes of attributes in each span; a span of this lab's Envoys has about 900. Default: 900. */
  readonly attributeBytes?: number;
  /** Of one trace, 16 bytes, whatever `traces` says: a caller that sends the same `traceparent` for ever. */
  readonly traceId?: Buffer;
}

/** Spans as an OTLP ExportTraceServiceRequest in protobuf's wire format (opentelemetry-proto 1.x, trace.proto). */
export interface Batch {
  readonly bytes: Buffer;
  /** In hexadecimal digits. */
  readonly traceIds: readonly string[];
  readonly spans: number;
}

/**
 * Makes a batch of spans that ended just now. Own code, because a generated encoder would cost this process more than
 * the Collector needs to read what it wrote, and the load would find the sender's limit.
 */
export function makeBatch(shape: BatchShape): Batch {
  const { traces, spansPerTrace, attributeBytes = 900 } = shape;
  const ids = Array.from({ length: traces }, () => shape.traceId ?? randomFillSync(Buffer.alloc(16)));
  const end = BigInt(Date.now()) * 1_000_000n;
  // Random digits, as a compression on the way would else make nothing of them.
  const filler = randomFillSync(Buffer.alloc(Math.ceil(attributeBytes / 2))).toString("hex");
  const attribute = keyValue("filler", filler.slice(0, attributeBytes));
  const spans = ids.flatMap((traceId) => {
    const all = randomFillSync(Buffer.alloc(8 * spansPerTrace));
    return Array.from({ length: spansPerTrace }, (_, i) =>
      bytes(2, [
        bytes(1, [traceId]),
        bytes(2, [all.subarray(8 * i, 8 * i + 8)]),
        ...(i === 0 ? [] : [bytes(4, [all.subarray(8 * i - 8, 8 * i)])]),
        bytes(5, [Buffer.from(`step ${i}`)]),
        // Kind SERVER, field 6.
        Buffer.from([0x30, 2]),
        fixed64(7, end - 10_000_000n),
        fixed64(8, end),
        bytes(9, [attribute]),
      ]),
    );
  });
  const resource = bytes(1, [bytes(1, [keyValue("service.name", spanSource)])]);
  return {
    bytes: bytes(1, [resource, bytes(2, spans)]),
    traceIds: [...new Set(ids.map((it) => it.toString("hex")))],
    spans: traces * spansPerTrace,
  };
}

/** A KeyValue whose AnyValue is a string. */
function keyValue(key: string, value: string): Buffer {
  return Buffer.concat([bytes(1, [Buffer.from(key)]), bytes(2, [bytes(1, [Buffer.from(value)])])]);
}

/** A field of wire type 2: its parts, with their length before them. */
function bytes(field: number, parts: readonly Buffer[]): Buffer {
  const length = parts.reduce((sum, it) => sum + it.length, 0);
  return Buffer.concat([Buffer.from([field * 8 + 2, ...varint(length)]), ...parts]);
}

function varint(value: number): number[] {
  const low: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) {
    low.push((rest % 128) + 128);
  }
  return [...low, rest];
}

function fixed64(field: number, value: bigint): Buffer {
  const buffer = Buffer.alloc(9);
  buffer[0] = field * 8 + 1;
  buffer.writeBigUInt64LE(value, 1);
  return buffer;
}
