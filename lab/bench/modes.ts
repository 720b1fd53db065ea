import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { readInputs } from "../src/input/read-inputs.ts";
import { roleAttributes } from "../src/trace/role.ts";

/** What a mode did with a file. */
export type Outcome = {
  spans: number;
  /** Of JSON.parse alone, without reading and decoding; milliseconds of processor time. */
  parseMs?: number;
};

/** How many characters of lines are decoded before they are parsed. */
const blockSize = 32e6;

/** Processor time of this process so far, in milliseconds; unlike the clock, not lengthened by what else runs. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What is measured, by name; each runs in a process of its own. */
export const modes: Record<string, (file: string) => Promise<Outcome>> = {
  /** The floor: every line through JSON.parse, and nothing kept. Lines are read and decoded before, block by block. */
  "JSON.parse": async (file) => {
    let parseMs = 0;
    let spans = 0;
    let block: string[] = [];
    let length = 0;
    const parse = () => {
      const start = cpuMs();
      for (const line of block) {
        const document = JSON.parse(line) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
        for (const batch of document.resourceSpans) {
          for (const scoped of batch.scopeSpans) spans += scoped.spans.length;
        }
      }
      parseMs += cpuMs() - start;
      block = [];
      length = 0;
    };
    for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1 << 20 }) })) {
      block.push(line);
      length += line.length;
      if (length > blockSize) parse();
    }
    parse();
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
