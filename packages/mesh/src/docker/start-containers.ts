import { setTimeout as delay } from "node:timers/promises";
import type { Lock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { judgeReadiness } from "../native/readiness.ts";
import type { UpOptions } from "../runtime/runtime.ts";
import type { DockerProject } from "./compose-project.ts";
import type { Container } from "./containers.ts";
import { readContainers } from "./containers.ts";
import { runDocker, wordsOf } from "./docker-command.ts";
import type { Tell } from "./prepare.ts";

const defaultTimeoutMs = 120_000;
/** How often is asked how the containers are while they come up, in milliseconds. */
const pollMs = 500;
const shownLines = 10;

/** Has Docker Compose start what is to be started, and gives up as soon as a part does not stay up. */
export async function startContainers(
  name: string,
  project: DockerProject,
  before: readonly Container[],
  {
    signal,
    timeout = defaultTimeoutMs,
    args,
    lock,
    tell,
  }: UpOptions & { args: readonly string[]; lock: Lock; tell: Tell },
): Promise<void> {
  const stop = new AbortController();
  const signals = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  const wait = ["--wait", "--wait-timeout", String(Math.ceil(timeout / 1000))];
  let isOver = false;
  const ended = project
    .tryCompose(["up", "--detach", ...wait, ...args], { signal: signals, onLine: (it) => tell("tick", it) })
    .finally(() => {
      isOver = true;
    });
  const watched = watch(name, before, () => isOver, lock).catch((error: unknown) => {
    stop.abort(error);
    throw error;
  });
  const [up, looked] = await Promise.allSettled([ended, watched]);
  if (looked.status === "rejected") throw looked.reason;
  if (up.status === "rejected") throw up.reason;
  if (up.value.code !== 0) throw await notUp(name, wordsOf(up.value));
}

/** Looks at the containers until `isOver`. @throws {LabError} (exit code `notReady`) when one does not stay up */
async function watch(
  project: string,
  before: readonly Container[],
  isOver: () => boolean,
  lock: Lock,
): Promise<void> {
  const old = new Map(before.map((it) => [it.id, it.restarts]));
  while (!isOver()) {
    await delay(pollMs);
    if (!lock.isHeld()) {
      throw new LabError("another command stopped this mesh while it came up", {
        hint: "See lab status.",
        exitCode: ExitCode.notReady,
      });
    }
    // What had ended before is started last; Docker Compose itself says who ends or becomes unhealthy, once it waits.
    const coming = (await readContainers(project)).filter(({ state }) => /^(re)?starting$/.test(state));
    const restarts = new Map(coming.map(({ name, id }) => [name, old.get(id) ?? 0]));
    const { failure } = judgeReadiness(coming, restarts);
    if (failure) throw await partFailed(failure.part, failure.reason);
  }
}

async function notUp(project: string, words: string): Promise<LabError> {
  const parts = await readContainers(project);
  const culprit = parts.find(({ container }) => container !== undefined && words.includes(container));
  return culprit
    ? partFailed(culprit, `does not come up: ${words}`)
    : new LabError(`Docker Compose does not bring the mesh up:\n${words}`, {
        hint: "These are Docker's own words; lab status says how the parts are.",
        exitCode: ExitCode.notReady,
      });
}

async function partFailed({ id, name }: Container, reason: string): Promise<LabError> {
  const { stdout, stderr } = await runDocker(["logs", "--tail", String(shownLines), id]);
  const text = `${stdout}${stderr}`.trimEnd();
  const lines = text ? `\nThe last lines of its log:\n${text.replace(/^/gm, "  ")}` : "\nIts log is empty.";
  return new LabError(`${name} ${reason}.${lines}`, {
    hint: `lab logs ${name} shows all of it while its container is there; lab up --keep leaves it there.`,
    exitCode: ExitCode.notReady,
  });
}
