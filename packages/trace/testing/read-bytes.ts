import { InputReader } from "../src/input/input-reader.ts";
import type { Keep } from "../src/input/reading.ts";
import { Reading } from "../src/input/reading.ts";
import { unpackNow } from "../src/input/unpack.ts";
import type { Quirk, Trace } from "../src/model.ts";

/** What reading came to in a test. */
export interface ReadResult {
  traces: Trace[];
  notices: string[];
  problems: number;
}

/** Reads the bytes of inputs, in pieces of the given size, as readInputs does with files. */
export function readBytes(
  inputs: (string | Uint8Array)[],
  { pieceSize = Number.MAX_SAFE_INTEGER, keep }: { pieceSize?: number; keep?: Keep } = {},
): ReadResult {
  const notices: string[] = [];
  const reading = new Reading({ keep, notice: (text) => notices.push(text), unpack: unpackNow });
  for (const [i, input] of inputs.entries()) {
    const bytes = Buffer.from(input as string);
    const reader = new InputReader(`input-${i}`, reading);
    for (let at = 0; at < bytes.length; at += pieceSize) {
      reader.feed(bytes.subarray(at, at + pieceSize));
    }
    reader.end();
  }
  return {
    traces: [...reading.groups.takeAll()],
    notices,
    problems: reading.problems.count + reading.otherSignals.count,
  };
}

/** Reads one JSON document. */
export function readJson(document: unknown): ReadResult {
  return readBytes([JSON.stringify(document)]);
}

/** A trace with its spans, attributes and quirks in one order, and without what names the input: to compare. */
export function normal(trace: Trace): unknown {
  const spans = [...trace.spans].sort((a, b) => (a.spanId < b.spanId ? -1 : 1)).map(sorted);
  const quirks = (trace.quirks ?? []).map(({ code, spanIds }: Quirk) => ({ code, spanIds }));
  return { traceId: trace.traceId, spans, quirks };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  return value !== null && typeof value === "object"
    ? Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, it]) => [key, sorted(it)]),
      )
    : value;
}

/** The codes of a trace's quirks with the spans they are about. */
export function codesOf(trace: Trace | undefined): Record<string, string[]> {
  return Object.fromEntries((trace?.quirks ?? []).map((it) => [it.code, it.spanIds]));
}
