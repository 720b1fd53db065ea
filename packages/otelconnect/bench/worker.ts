/** One process of a measurement: a server, a client, or a loop. Told on its command line which, asked over IPC. */
import { setImmediate as turn } from "node:timers/promises";
import { GCProfiler } from "node:v8";
import { floorPass } from "./floor.ts";
import { loopPass } from "./loop.ts";
import type { Peer } from "./peer.ts";
import type { Question, Ready, Usage, WorkerSetup } from "./protocol.ts";
import { inFlight } from "./protocol.ts";
import { installSdk } from "./sdk.ts";
import type { Variant } from "./variants.ts";
import { variants } from "./variants.ts";

const setup = JSON.parse(process.argv[2] ?? "") as WorkerSetup;
const variant: Variant = variants[setup.variant];

/** A loop yields to the event loop so often, in passes, as spans are sent from there. */
const passesATurn = 100;

const telemetry = await installSdk(variant);
const { port, call } = await start();
const collections = new GCProfiler();
collections.start();
let collected = 0;

process.on("message", async (question: Question) => {
  if (question.ask === "calls") {
    await make(question.count);
  } else if (question.ask === "collect") {
    globalThis.gc?.();
  }
  send(await usage());
});
// The parent ends this process by closing the channel, and by ending itself.
process.on("disconnect", () => process.exit(0));
send({ port } satisfies Ready);

async function start(): Promise<{ port: number; call: (() => Promise<void>) | undefined }> {
  if (setup.role === "loop") {
    return { port: 0, call: undefined };
  }
  // Only now: what is instrumented must not be loaded before the instrumentation.
  const peer: Peer =
    variant.wire === "grpc-js"
      ? (await import("./grpc-peer.ts")).grpcPeer
      : (await import("./connect-peer.ts")).connectPeer;
  const [clientSample, serverSample] = setup.samples ?? [];
  return setup.role === "server"
    ? { port: await peer.serve(variant, serverSample), call: undefined }
    : { port: 0, call: peer.caller(variant, setup.port ?? 0, clientSample) };
}

async function make(count: number): Promise<void> {
  if (setup.role === "loop") {
    const pass = variant.instrumentation === "otelconnect" ? loopPass() : floorPass(setup.samples ?? []);
    for (let i = 0; i < count; i++) {
      // The floor's is not asynchronous, and waits for nothing.
      const passed = pass();
      if (passed !== undefined) await passed;
      if (i % passesATurn === 0) await turn();
    }
    return;
  }
  let left = count;
  async function line(): Promise<void> {
    while (left-- > 0) await call?.();
  }
  await Promise.all(Array.from({ length: inFlight }, line));
}

async function usage(): Promise<Usage> {
  const sent = await telemetry.flush();
  const { user } = process.cpuUsage();
  collected += collections.stop()?.statistics.length ?? 0;
  collections.start();
  return { cpu: user, heap: process.memoryUsage().heapUsed, collections: collected, ...sent };
}

function send(message: Ready | Usage): void {
  process.send?.(message);
}
