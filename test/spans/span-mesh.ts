import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Ledger, MeshPart } from "@envoy-mesh-lab/mesh";
import {
  isWell,
  meshDown,
  meshUp,
  partAction,
  progressPrinter,
  readLedger,
  readMesh,
  requireRuntime,
} from "@envoy-mesh-lab/mesh";
import { findTraces } from "@envoy-mesh-lab/trace/node";
import { portShifts } from "../port-shifts.ts";
import { until } from "../until.ts";
import { spanSource } from "./otlp-batch.ts";
import type { SpanCounts } from "./span-load.ts";

// The Collector and Tempo alone, beside the user's mesh and that of the end-to-end tests.
const environment = {
  COMPOSE_PROJECT_NAME: "envoy-mesh-lab-spans",
  LAB_PORT_SHIFT: String(portShifts.spans),
};

/**
 * Brings the Collector and what is behind it up; what of it runs already as the files say is left alone.
 *
 * @param files compose files; default: the repository's.
 */
export async function bringUp(files: readonly string[] = []): Promise<void> {
  Object.assign(process.env, environment);
  const printer = progressPrinter(process.stderr);
  await meshUp({ files, parts: ["otel-collector"], onProgress: printer.onProgress }).finally(printer.end);
}

/** Ends it, and removes all that it kept. */
export async function takeDown(): Promise<void> {
  await meshDown({ volumes: true });
}

/** Stops or starts a part; what it needs must run. */
export function act(action: "stop" | "start" | "restart", part: string): Promise<void> {
  return partAction(action, part);
}

/** Where the Collector takes OTLP over HTTP. */
export async function collectorUrl(): Promise<string> {
  return `http://127.0.0.1:${(await readMesh()).hostPort("otel-collector", 4318)}`;
}

/** A part as `lab status` shows it. */
export async function partNow(name: string): Promise<MeshPart> {
  const { parts } = await requireRuntime(await readMesh()).status();
  const part = parts.find((it) => it.name === name);
  if (part === undefined) throw new Error(`the mesh has no part ${name}`);
  return part;
}

/** Where the native run keeps the queue of the Collector: beside the logs. */
export async function queueFolder(): Promise<string> {
  const { log } = await partNow("otel-collector");
  if (log === undefined) throw new Error("the mesh does not run natively");
  return join(dirname(dirname(log)), "volumes", "otel-collector-queue");
}

/** Waits until a part is well; what it is then, or when the time is up. */
export function untilWell(name: string): Promise<MeshPart> {
  return until(() => partNow(name), isWell);
}

/** Everybody's counts of spans. */
export async function ledgerNow(): Promise<Ledger> {
  return readLedger(requireRuntime(await readMesh()));
}

/** Tempo is asked for so much of the time at once, in milliseconds, as it gives up on a long search. */
const window = 10_000;

/** How many spans of its load Tempo finds: each trace's at most as often as it has spans, as one may be there twice. */
export async function spansFound(load: SpanCounts, since: number, spansPerTrace = 11): Promise<number> {
  const wanted = new Set(load.traceIds);
  const spans = new Map<string, number>();
  const tempo = (await readMesh()).urls.tempo;
  const query = `{ resource.service.name = "${spanSource}" }`;
  for (let startMs = since; startMs < load.endedAt; startMs += window) {
    const endMs = Math.min(startMs + window, load.endedAt);
    for (const { traceId, matched } of await findTraces(tempo, { query, startMs, endMs, limit: 100_000 })) {
      if (wanted.has(traceId)) spans.set(traceId, Math.min(matched, spansPerTrace));
    }
  }
  return [...spans.values()].reduce((sum, it) => sum + it, 0);
}

/** Processor time that a part has used since it started, in seconds (proc(5), utime and stime in ticks of 10 ms). Linux only. */
export async function processorTime(part: string): Promise<number> {
  const { process: id } = await partNow(part);
  const fields = (await readFile(`/proc/${id?.pid}/stat`, "utf8")).replace(/^.*\) /, "").split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/**
 * Memory that a part has for itself now, in MiB (proc(5), RssAnon). Without the pages of its files, which the system takes
 * back when a container is short of memory. Linux only; 0 while it is not there.
 */
export async function memoryNow(part: string): Promise<number> {
  const { process: id } = await partNow(part);
  const status = await readFile(`/proc/${id?.pid}/status`, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ESRCH") return "";
    throw error;
  });
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) / 1024;
}
