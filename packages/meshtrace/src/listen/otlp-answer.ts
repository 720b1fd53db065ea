/** What is answered, in the encoding that the request had. */
export type Encoding = "protobuf" | "json";

/** A varint of protobuf. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  return [...bytes, rest];
}

/** A field that is text or a message: its number, its length, its bytes. */
function field(number: number, content: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...varint(content.length)]), content]);
}

/**
 * ExportTraceServiceResponse (opentelemetry-proto, trace_service.proto): empty when all was taken, or partial_success (1) with
 * rejected_spans (1) and error_message (2).
 */
export function exportAnswer(encoding: Encoding, rejected: number, why: string): Uint8Array {
  if (encoding === "json") {
    const partialSuccess = { rejectedSpans: `${rejected}`, errorMessage: why };
    return Buffer.from(JSON.stringify(rejected === 0 ? {} : { partialSuccess }));
  }
  if (rejected === 0) return new Uint8Array(0);
  return field(1, Buffer.concat([Buffer.from([1 << 3, ...varint(rejected)]), field(2, Buffer.from(why))]));
}

/** google.rpc.Status: code (1) and message (2), which OTLP/HTTP answers errors with (OTLP 1.x, "Failures"). */
export function errorAnswer(encoding: Encoding, code: number, message: string): Uint8Array {
  return encoding === "json"
    ? Buffer.from(JSON.stringify({ code, message }))
    : Buffer.concat([Buffer.from([1 << 3, ...varint(code)]), field(2, Buffer.from(message))]);
}

/** A message as gRPC frames it: not compressed, its length in four bytes, and itself. */
export function grpcFrame(message: Uint8Array): Uint8Array {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}
