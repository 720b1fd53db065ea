import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ExitCode, LabError, printableLines } from "@envoy-mesh-lab/trace";
import { pageSession, profilesWith } from "../page.ts";
import { interruptible } from "../programs/index.ts";
import type {
  DownResult,
  LogAddition,
  LogMark,
  MeshView,
  Runtime,
  UpOptions,
  UpResult,
} from "../runtime/runtime.ts";
import type { PartAction } from "./control-protocol.ts";
import { readLogFrom, tailLog } from "./log-tail.ts";
import type { MeshName } from "./mesh.ts";
import { keptLogs, meshDown, meshStatus, partAction } from "./mesh.ts";
import { meshFolder, stateRoot } from "./mesh-folder.ts";
import { unknownPart } from "./mesh-model.ts";
import { meshUp } from "./mesh-up.ts";
import type { PartStatus } from "./state.ts";

const pollMs = 200;
/** How much of a log is reported at a time to who follows it, in bytes; what comes faster is skipped. */
const mostAtOnce = 256 * 1024;
/** How long a part may take to answer, in milliseconds. */
const answerMs = 3000;

/** A mesh of processes on this machine. */
export class NativeRuntime implements Runtime {
  readonly name = "native";
  readonly project: string;
  readonly #mesh: MeshName;

  constructor(project: string, mesh: MeshName) {
    this.project = project;
    this.#mesh = mesh;
  }

  async up({ env, profiles: asked, ...options }: UpOptions): Promise<UpResult> {
    const { files } = this.#mesh;
    const all = { ...this.#mesh.env, ...env };
    const running = (await meshStatus(this.#mesh)).parts.map(({ name }) => name);
    const profiles = profilesWith({
      profiles: asked,
      parts: options.parts,
      env: { ...process.env, ...all },
      running,
    });
    return meshUp({
      ...options,
      ...(profiles ? { profiles } : {}),
      ...(files ? { files } : {}),
      project: this.#mesh.project,
      env: all,
    });
  }

  down({ volumes }: { readonly volumes: boolean }): Promise<DownResult> {
    return meshDown({ ...this.#mesh, volumes });
  }

  async status({ fresh = false }: { readonly fresh?: boolean } = {}): Promise<MeshView> {
    const { parts, ...status } = await meshStatus(this.#mesh, fresh);
    return { ...status, parts: parts.map((it) => ({ ...it, run: runOf(it) })) };
  }

  act(action: PartAction, part: string, signal?: NodeJS.Signals): Promise<void> {
    return partAction(action, part, { ...this.#mesh, signal });
  }

  async showLogs({ part, lines, follow }: { part: string | undefined; lines: number; follow: boolean }) {
    const status = await meshStatus(this.#mesh);
    // A start that failed leaves its logs to be read.
    const all = status.parts.length > 0 ? status.parts : await keptLogs(status.project);
    if (all.length === 0) {
      throw new LabError(`${status.project} is not running, and has left no logs`, {
        hint: "Start it with lab up.",
        exitCode: ExitCode.notRunning,
      });
    }
    const parts = all.filter(({ name }) => part === undefined || name === part);
    if (part !== undefined && parts.length === 0) {
      throw unknownPart(
        part,
        all.map(({ name }) => name),
      );
    }
    const width = parts.length > 1 ? Math.max(...parts.map(({ name }) => name.length)) : 0;
    const ends = new Map<string, number>();
    for (const { name, log } of parts) {
      const { text, end } = await tailLog(log, lines);
      ends.set(name, end);
      process.stdout.write(prefixLines(text, name, width));
    }
    if (!follow) return;
    await interruptible(undefined, async (signal) => {
      while (!signal.aborted) {
        for (const { name, log } of parts) {
          const { text, end } = await readLogFrom(log, ends.get(name) ?? 0);
          ends.set(name, end);
          process.stdout.write(prefixLines(text, name, width));
        }
        await delay(pollMs);
      }
    });
  }

  async markLog(part: string): Promise<LogMark> {
    return { part, at: (await readLogFrom(await this.#log(part), 0)).end };
  }

  async readLog(from: string | LogMark): Promise<string> {
    const { part, at } = typeof from === "string" ? { part: from, at: 0 } : from;
    return (await readLogFrom(await this.#log(part), Number(at))).text;
  }

  async *followLog(
    part: string,
    { lines, signal }: { lines: number; signal: AbortSignal },
  ): AsyncGenerator<LogAddition> {
    const log = await this.#log(part);
    const { text, end } = await tailLog(log, lines);
    yield { text, skipped: 0 };
    for (let at = end; !signal.aborted; await pause(pollMs, signal)) {
      const added = await readLogFrom(log, at, mostAtOnce);
      at = added.end;
      if (added.text !== "") yield { text: added.text, skipped: added.skipped };
    }
  }

  async get(part: string, port: number, path: string): Promise<string[]> {
    const { parts } = await meshStatus(this.#mesh);
    const host = parts.find(({ name }) => name === part)?.ports.find((it) => it.container === port)?.host;
    // A part that the mesh runs without has no port, and answers as little as one that is down.
    if (host === undefined) return [];
    try {
      const response = await fetch(`http://127.0.0.1:${host}${path}`, {
        signal: AbortSignal.timeout(answerMs),
      });
      return [await response.text()];
    } catch {
      return [];
    }
  }

  async pageToken(): Promise<string | undefined> {
    const { volumes } = meshFolder(this.project, stateRoot({ ...process.env, ...this.#mesh.env }));
    try {
      return await readFile(join(volumes, pageSession.volume, pageSession.file), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  async #log(part: string): Promise<string> {
    const { parts } = await meshStatus(this.#mesh);
    return parts.find(({ name }) => name === part)?.log ?? "";
  }
}

/** Waits; ends at once when the signal says so. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

function runOf({ process }: PartStatus): string {
  return process ? `${process.pid} ${process.startTime}` : "";
}

/** Puts the part's name before each line, as docker compose logs does when it shows several parts. */
export function prefixLines(text: string, name: string, width: number): string {
  const shown = printableLines(text);
  return width === 0 ? shown : shown.replace(/^(?=.)/gm, `${name.padEnd(width)} | `);
}
