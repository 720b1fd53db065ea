import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Relay } from "@envoy-mesh-lab/incident";
import { meshStatus, partAction } from "@envoy-mesh-lab/mesh";
import type { Fault } from "./fault.ts";
import type { FaultMesh } from "./fault-mesh.ts";
import type { HopName } from "./hops.ts";
import { hops } from "./hops.ts";
import type { MadeCall } from "./mixed-load.ts";
import { moveClock } from "./move-clock.ts";
import { overload } from "./overload.ts";

/**
 * Does a fault to the mesh; done when it is taken away again, which it is also when that goes wrong.
 *
 * @returns The calls that it consists of, when it is one of too many calls.
 */
export async function inject({ at, inject: it }: Fault, faultMesh: FaultMesh): Promise<readonly MadeCall[]> {
  if ("overload" in it) return overload(faultMesh.mesh.urls.edge, it.overload, it.forMs);
  if ("signal" in it) {
    await partAction("kill", at, { signal: it.signal });
  } else if ("pauseForMs" in it) {
    await lasting(
      it.pauseForMs,
      () => send(at, "SIGSTOP"),
      () => send(at, "SIGCONT"),
    );
  } else if ("awayForMs" in it) {
    await lasting(
      it.awayForMs,
      () => partAction("stop", at),
      () => partAction("start", at),
    );
  } else if ("toxic" in it) {
    const relay = relayAt(faultMesh, at);
    await lasting(
      it.forMs,
      async () => relay.set(it.toxic),
      async () => relay.set(undefined),
    );
  } else if ("diskFullForMs" in it) {
    const disk = faultMesh.disks.get(at);
    if (disk === undefined) throw new Error(`${at} has no disk that could be filled`);
    // Again and again, as what the part removes makes room.
    const filling = setInterval(() => disk.fill(), 200);
    const stop = async () => {
      clearInterval(filling);
      disk.clear();
    };
    await lasting(it.diskFullForMs, async () => disk.fill(), stop);
  } else if ("clockAheadForMs" in it) {
    const { pid } = await processOf(at);
    await lasting(
      it.clockAheadForMs,
      () => moveClock(pid, anHourInSeconds),
      () => moveClock(pid, 0),
    );
  } else {
    const { pid } = await processOf(at);
    // What the Collector and Tempo need grows with the spans of the load alone.
    const isOnTheWay = at !== "otel-collector" && at !== "tempo";
    const pressure = isOnTheWay ? startPressure(faultMesh.mesh.urls.edge) : undefined;
    const limit = (bytes: string) => {
      execFileSync("prlimit", ["--pid", String(pid), `--data=${bytes}`]);
    };
    await lasting(
      it.noMemoryForMs,
      async () => limit(`${dataOf(pid)}:unlimited`),
      async () => {
        // Gone when that was what it died of.
        if ((await processOf(at).catch(() => undefined))?.pid === pid) limit("unlimited:unlimited");
        await pressure?.stop();
      },
    );
  }
  return [];
}

const anHourInSeconds = 3_600;

async function lasting(ms: number, begin: () => Promise<void>, end: () => Promise<void>): Promise<void> {
  try {
    await begin();
    await delay(ms);
  } finally {
    await end();
  }
}

function send(part: string, signal: NodeJS.Signals): Promise<void> {
  return partAction("kill", part, { signal });
}

/** Calls at a time that need much memory, and how much of a message each has, in bytes: less than the services' limit. */
const pressingCalls = 8;
const pressingBytes = 3_000_000;

/**
 * Makes calls that need memory at every part on their way, one after the other on some connections. They are not sampled, so that the
 * ledger knows nothing of them, and nobody asks what becomes of them: the load's own calls tell.
 */
function startPressure(edge: string): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const body = JSON.stringify({ name: "x".repeat(pressingBytes) });
  const one = async () => {
    while (!stopped.signal.aborted) {
      const traceparent = `00-${randomBytes(16).toString("hex")}-${randomBytes(8).toString("hex")}-00`;
      const headers = { "content-type": "application/json", traceparent };
      const options = { method: "POST", headers, body, signal: stopped.signal };
      await fetch(`${edge}/cafe.v1.CafeService/OrderDrink`, options)
        .then((it) => it.arrayBuffer())
        .catch(() => delay(50));
    }
  };
  const all = Array.from({ length: pressingCalls }, one);
  return {
    async stop() {
      stopped.abort();
      await Promise.all(all);
    },
  };
}

function relayAt(faultMesh: FaultMesh, at: string): Relay {
  if (!(at in hops)) throw new Error(`there is no hop ${at}`);
  return faultMesh.relays[at as HopName];
}

async function processOf(part: string): Promise<{ pid: number }> {
  const found = (await meshStatus()).parts.find(({ name }) => name === part)?.process;
  if (found === undefined) throw new Error(`${part} does not run`);
  return found;
}

/** Memory for data of a process, which RLIMIT_DATA is about, in bytes (proc_pid_status(5), VmData). */
function dataOf(pid: number): number {
  const kib = /^VmData:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib) * 1024;
}
