import { viewOf } from "./bytes.ts";

/** Whether the bytes are compressed, and how: the first bytes of gzip (RFC 1952) and Zstandard (RFC 8878) say so. */
export function packingOf(bytes: Uint8Array): "gzip" | "zstd" | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return "gzip";
  }
  return bytes.length >= 4 && viewOf(bytes).getUint32(0, true) === 0xfd2fb528 ? "zstd" : undefined;
}
