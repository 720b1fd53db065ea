import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { checkTraces, keysToKeep } from "@envoy-mesh-lab/check";
import { Collection, collect, compareAttributes, Decomposer, report } from "@envoy-mesh-lab/compare";
import type { Keep, Trace } from "@envoy-mesh-lab/trace";
import { originAttributes, originFinder } from "@envoy-mesh-lab/trace";
import { readInputs } from "@envoy-mesh-lab/trace/node";

/** How long something took, in milliseconds. */
export interface Times {
  /** Processor time of all threads; unlike the clock, not lengthened by what else runs. */
  cpuMs: number;
  /** What a user waits for: code is compiled and memory freed in threads beside. */
  clockMs: number;
}

/** What a mode did with a file. */
export interface Outcome {
  spans: number;
  /** Of JSON.parse alone, without reading and decoding. */
  parse?: Times;
}

/** How many characters of lines are decoded before they are parsed. */
const blockSize = 32e6;

/** Begins to measure; the returned function says how long it has been since. */
export function stopwatch(): () => Times {
  const cpu = process.cpuUsage();
  const start = performance.now();
  return () => {
    const clockMs = performance.now() - start;
    const { user, system } = process.cpuUsage(cpu);
    return { cpuMs: (user + system) / 1000, clockMs };
  };
}

const checkKeys = keysToKeep(undefined);
const compareKeys = new Set([...originAttributes, ...compareAttributes]);

/** What is measured, by name; each runs in a process of its own. */
export const modes: Record<string, (file: string) => Promise<Outcome>> = {
  /** The floor: every line through JSON.parse, and nothing kept. Lines are read and decoded before, block by block. */
  "JSON.parse": async (file) => {
    const times: Times = { cpuMs: 0, clockMs: 0 };
    let spans = 0;
    let block: string[] = [];
    let length = 0;
    const parse = () => {
      const taken = stopwatch();
      for (const line of block) {
        const document = JSON.parse(line) as { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] };
        for (const batch of document.resourceSpans) {
          for (const scoped of batch.scopeSpans) spans += scoped.spans.length;
        }
      }
      const { cpuMs, clockMs } = taken();
      times.cpuMs += cpuMs;
      times.clockMs += clockMs;
      block = [];
      length = 0;
    };
    for await (const line of createInterface({ input: createReadStream(file, { highWaterMark: 1 << 20 }) })) {
      block.push(line);
      length += line.length;
      if (length > blockSize) parse();
    }
    parse();
    return { spans, parse: times };
  },
  /** Reading into whole traces, with the attributes that tell proxies. */
  read: async (file) => {
    let spans = 0;
    for await (const trace of tracesOf(file, originAttributes)) spans += trace.spans.length;
    return { spans };
  },
  /** Reading with every attribute. */
  "read, all attributes": async (file) => {
    let spans = 0;
    for await (const trace of tracesOf(file, undefined)) spans += trace.spans.length;
    return { spans };
  },
  /** What `lab check --from` does, up to the report. */
  check: async (file) => ({
    spans: (await checkTraces(tracesOf(file, checkKeys), { findOrigins: originFinder() })).spans,
  }),
  /** What `lab compare --from` does, up to the report with its intervals. */
  compare: async (file) => {
    const collection = await collect(tracesOf(file, compareKeys), {
      decomposer: new Decomposer(),
      findOrigins: originFinder(),
    });
    return spansIn(collection, file);
  },
  /** Both over the same traces, read once; what reading costs is in it once. */
  "check and compare": async (file) => {
    const collection = new Collection({ decomposer: new Decomposer(), findOrigins: originFinder() });
    const keep = new Set([...checkKeys, ...compareKeys]);
    const both = async function* () {
      for await (const trace of tracesOf(file, keep)) {
        collection.add(trace);
        yield trace;
      }
    };
    await checkTraces(both(), { findOrigins: originFinder() });
    return spansIn(collection, file);
  },
};

function tracesOf(file: string, keep: Keep): AsyncIterable<Trace> {
  return readInputs([file], { keep, notice: console.error });
}

function spansIn(collection: Collection, file: string): Outcome {
  const { a } = report({ source: file, collection }, {});
  if (a.traces !== collection.sample.traces) throw new Error("the report leaves traces out");
  return { spans: collection.sample.spans };
}
