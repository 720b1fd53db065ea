import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { readInputs } from "../src/input/read-inputs.ts";
import { roleAttributes } from "../src/trace/role.ts";

/** What a mode did with a file. */
export type Outcome = {
  spans: number;
  /** Milliseconds that only count in part: of JSON.parse alone, without reading and decoding. */
  parseMs?: number;
};

/** What is measured, by name; each runs in a process of its own. */
export const modes: Record<string, (file: string) => Promise<Outcome>> = {
  /** The floor: every line through JSON.parse, and nothing kept. */
  "JSON.parse": async (file) => {
    let parseMs = 0;
    let spans = 0;
    for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1 << 20 }) })) {
      const start = performance.now();
      const document = JSON.parse(line) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
      parseMs += performance.now() - start;
      for (const batch of document.resourceSpans) {
        for (const scoped of batch.scopeSpans) spans += scoped.spans.length;
      }
    }
    return { spans, parseMs };
  },
  /** Reading into whole traces, with the attributes that tell proxies, as check and compare need. */
  read: async (file) => {
    let spans = 0;
    for await (const trace of readInputs([file], { keep: roleAttributes, notice: console.error })) {
      spans += trace.spans.length;
    }
    return { spans };
  },
  /** Reading with every attribute. */
  "read, all attributes": async (file) => {
    let spans = 0;
    for await (const trace of readInputs([file], { notice: console.error })) {
      spans += trace.spans.length;
    }
    return { spans };
  },
};
