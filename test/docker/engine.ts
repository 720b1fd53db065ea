import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { processIdentity } from "@envoy-mesh-lab/bootstrap";
import { unmountBelow } from "@envoy-mesh-lab/mesh";
import { rememberNetwork } from "./host-network.ts";

/** A Docker engine to test with. */
export interface Engine {
  /** The environment in which `docker` talks to it. */
  readonly env: NodeJS.ProcessEnv;
  /** True for an engine of the test's own, which has no images and is reached by nobody else. */
  readonly isOwn: boolean;
  /** Ends one of the test's own now, and not only when this process exits. */
  stop(): void;
}

/** Longest start and longest stop, in milliseconds. Docker gives its containers 15 s to end. */
const patienceMs = 60_000;

/** The programs with which one is started, and taken away without a trace. */
const needed = ["dockerd", "setpriv", "ip", "iptables-save"];

/** What an engine or its containerd makes outside of its own folder. */
const traces = ["/etc/docker", "/run/docker", "/run/containerd"];

/**
 * The engine of this machine; or, where none runs and we may, one of the test's own. That one ends when this process
 * exits, with all that it holds and has changed on this machine.
 *
 * @returns in words why there is none, when there is none.
 */
export async function findEngine(): Promise<Engine | string> {
  if (spawnSync("docker", ["--version"]).status !== 0) {
    return "there is no docker command";
  }
  if (isReachable(process.env)) {
    return { env: process.env, isOwn: false, stop: () => {} };
  }
  if (process.env.DOCKER_HOST) {
    return `no Docker engine answers at DOCKER_HOST=${process.env.DOCKER_HOST}`;
  }
  const missing = needed.find((it) => spawnSync(it, ["-V"]).error !== undefined);
  if (missing !== undefined) {
    return `no Docker engine answers, and there is no ${missing} to start one`;
  }
  if (process.getuid?.() !== 0) {
    return "no Docker engine answers, and only root may start one";
  }
  return startEngine();
}

function isReachable(env: NodeJS.ProcessEnv): boolean {
  return spawnSync("docker", ["version", "--format", "{{.Server.Version}}"], { env }).status === 0;
}

async function startEngine(): Promise<Engine | string> {
  const folder = mkdtempSync(join(tmpdir(), "lab-docker-"));
  const at = (name: string) => join(folder, name);
  const host = `unix://${at("docker.sock")}`;
  const log = openSync(at("log"), "w");
  const foreign = traces.filter((it) => existsSync(it));
  const restoreNetwork = rememberNetwork();
  // It ends with this process, however this process ends. In a group of its own, so that Ctrl-C is this process's.
  const child = spawn(
    "setpriv",
    [
      ...["--pdeathsig", "TERM", "dockerd", "--data-root", at("data"), "--exec-root", at("exec")],
      ...["--pidfile", at("pid"), "--host", host],
    ],
    { stdio: ["ignore", log, log], detached: true },
  );
  child.unref();
  const isRunning = () => child.pid !== undefined && processIdentity(child.pid) !== undefined;
  let isStopped = false;
  const stop = () => {
    if (isStopped) return;
    isStopped = true;
    end(child.pid, isRunning);
    unmountBelow(folder);
    restoreNetwork();
    for (const path of [folder, ...traces.filter((it) => !foreign.includes(it))]) {
      rmSync(path, { recursive: true, force: true });
    }
  };
  process.once("exit", stop);

  // buildx, which Compose builds with, keeps its state in the user's home unless told otherwise.
  const env = { ...process.env, DOCKER_HOST: host, BUILDX_CONFIG: at("buildx") };
  const deadline = performance.now() + patienceMs;
  while (!isReachable(env)) {
    if (!isRunning() || performance.now() > deadline) {
      const words = readFileSync(at("log"), "utf8").trimEnd().split("\n").slice(-3).join("\n");
      stop();
      return `dockerd does not start here:\n${words}`;
    }
    await delay(200);
  }
  return { env, isOwn: true, stop };
}

function end(pid: number | undefined, isRunning: () => boolean): void {
  if (pid === undefined || !isRunning()) return;
  process.kill(pid, "SIGTERM");
  const deadline = performance.now() + patienceMs;
  while (isRunning()) {
    if (performance.now() > deadline) throw new Error(`dockerd (process ${pid}) does not end`);
    sleep(100);
  }
}

/** Nothing else runs meanwhile: a process that exits has no event loop any more. */
function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
