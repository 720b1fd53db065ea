// The two messages of Envoy's external authorization that the doorman needs, with those of their fields that it reads and writes.
// The numbers are those of envoy/service/auth/v3/external_auth.proto and attribute_context.proto. There is nothing to change here.
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** Where the headers of a request are in a CheckRequest: attributes, request, http, headers, by their numbers. */
const headersPath = [1, 4, 2, 3];

/** Returns the headers of the request that a CheckRequest is about. */
export function readRequestHeaders(message: Uint8Array): Record<string, string> {
  return Object.fromEntries(
    fieldsAt(message, headersPath).map((entry) => [textOf(entry, 1), textOf(entry, 2)]),
  );
}

/** All values of a field that is a message or a text, by the numbers that lead to it. */
function fieldsAt(message: Uint8Array, [number, ...path]: readonly number[]): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === number && type === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(type, field);
  }
  return path.length === 0 ? found : found.flatMap((it) => fieldsAt(it, path));
}

function textOf(entry: Uint8Array, number: number): string {
  return new TextDecoder().decode(fieldsAt(entry, [number])[0]);
}

/** A CheckResponse: the request may go on, or it is answered with 403 and with these words. */
export function writeAnswer(words: string | undefined): Uint8Array {
  const permissionDenied = 7;
  if (words === undefined) return new BinaryWriter().tag(1, WireType.LengthDelimited).fork().join().finish();
  return new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int32(permissionDenied)
    .join()
    .tag(2, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.Varint)
    .int32(403)
    .join()
    .tag(3, WireType.LengthDelimited)
    .string(words)
    .join()
    .finish();
}
