import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** What the Collector's file exporter wrote of five real calls through the mesh; see samples/five-calls/README.md. */
const recorded = join(repoRoot, "samples", "five-calls", "collector-file.jsonl");

/** A file that was generated. */
export interface Generated {
  bytes: number;
  spans: number;
}

/**
 * Writes OTLP JSON lines as a file of any size: the recorded calls again and again, each time with ids of their own.
 *
 * @param enough says from the size so far whether to stop.
 */
export function generate(file: string, enough: (size: Generated) => boolean): Generated {
  const text = readFileSync(recorded, "utf8");
  // The first half of every id is replaced; the second half keeps them apart within a copy.
  const pieces = text.split(/(?<="(?:traceId|spanId|parentSpanId)":")[0-9a-f]{8}(?=[0-9a-f]{8})/);
  const spansEach = text.split('"spanId":').length - 1;
  const output = openSync(file, "w");
  const size: Generated = { bytes: 0, spans: 0 };
  try {
    for (let copy = 1; !enough(size); copy++) {
      const bytes = Buffer.from(pieces.join(copy.toString(16).padStart(8, "0")));
      writeSync(output, bytes);
      size.bytes += bytes.length;
      size.spans += spansEach;
    }
  } finally {
    closeSync(output);
  }
  return size;
}
