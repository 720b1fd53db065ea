import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { PassThrough } from "node:stream";
import { takeLock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { labParts } from "../lab-parts.ts";
import type { PartAction } from "../native/control-protocol.ts";
import type { MeshFolder } from "../native/mesh-folder.ts";
import { clearMeshFolder } from "../native/mesh-folder.ts";
import { unknownPart } from "../native/mesh-model.ts";
import { pageSession, profilesWith, withPageOrigin } from "../page.ts";
import type {
  DownResult,
  LogAddition,
  LogMark,
  MeshView,
  Runtime,
  UpOptions,
  UpResult,
} from "../runtime/runtime.ts";
import type { Container } from "./containers.ts";
import { readContainers } from "./containers.ts";
import { docker, runDocker } from "./docker-command.ts";
import { composeDown, dockerUp } from "./docker-up.ts";

/** How long a part may take to answer, in milliseconds. */
const answerMs = 3000;

/** A mesh in containers. They are found by the labels that Docker Compose gives them, whoever started them. */
export class DockerRuntime implements Runtime {
  readonly name = "docker";
  readonly #folder: MeshFolder;
  readonly #files: readonly string[];

  /** @param files the compose files that `up` reads. */
  constructor(folder: MeshFolder, files: readonly string[]) {
    this.#folder = folder;
    this.#files = files;
  }

  get project(): string {
    return this.#folder.project;
  }

  async up(options: UpOptions): Promise<UpResult> {
    const running = (await readContainers(this.project)).map(({ name }) => name);
    const env = withPageOrigin({ ...process.env, ...options.env });
    const profiles = profilesWith({ profiles: options.profiles, parts: options.parts, env, running });
    return dockerUp(this.#folder, this.#files, { ...options, env, ...(profiles ? { profiles } : {}) });
  }

  async pageToken(): Promise<string | undefined> {
    const { container } = await this.#find(labParts.page.service);
    const { code, stdout } = await runDocker([
      ...["exec", container ?? labParts.page.service, "cat"],
      `${pageSession.mount}/${pageSession.file}`,
    ]);
    return code === 0 ? stdout : undefined;
  }

  async down({ volumes }: { readonly volumes: boolean }): Promise<DownResult> {
    const wasRunning = (await readContainers(this.project)).length > 0;
    if (existsSync(this.#folder.root)) {
      await takeLock(this.#folder.lock, "lab down", { force: true });
    }
    await composeDown(this.project, volumes ? ["--volumes"] : []);
    await clearMeshFolder(this.#folder, { volumes: !volumes, logs: false });
    return { wasRunning, orphans: [] };
  }

  async status(): Promise<MeshView> {
    const parts = await readContainers(this.project);
    return { project: this.project, supervisor: parts.length > 0 ? "running" : "none", parts };
  }

  async act(action: PartAction, part: string, signal?: NodeJS.Signals): Promise<void> {
    const { container } = await this.#find(part);
    const command = {
      stop: signal ? ["kill", "--signal", signal] : ["stop"],
      kill: ["kill", "--signal", signal ?? "SIGKILL"],
      start: ["start"],
      restart: ["restart"],
    }[action];
    await docker([...command, container ?? part]);
  }

  async showLogs({ part, lines, follow }: { part: string | undefined; lines: number; follow: boolean }) {
    if (part !== undefined) await this.#find(part);
    else if ((await readContainers(this.project)).length === 0) throw this.#notRunning();
    const args = ["compose", "--project-name", this.project, "logs", "--no-color", "--tail", String(lines)];
    const which = part === undefined ? [] : ["--no-log-prefix", part];
    const child = spawn("docker", [...args, ...(follow ? ["--follow"] : []), ...which], {
      stdio: ["ignore", "inherit", "inherit"],
    });
    // Ctrl-C ends it too, as it is of this process's group.
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0 && !follow) {
      throw new LabError(`docker compose logs ended with ${code}`, {
        exitCode: ExitCode.notRunning,
        hint: "its own words are above; lab status says how the parts are",
      });
    }
  }

  async markLog(part: string): Promise<LogMark> {
    await this.#find(part);
    return { part, at: new Date().toISOString() };
  }

  async readLog(from: string | LogMark): Promise<string> {
    const { part, since } =
      typeof from === "string"
        ? { part: from, since: [] }
        : { part: from.part, since: ["--since", `${from.at}`] };
    const { container } = await this.#find(part);
    const { stdout, stderr } = await runDocker(["logs", ...since, container ?? part]);
    return `${stdout}${stderr}`;
  }

  async *followLog(
    part: string,
    { lines, signal }: { lines: number; signal: AbortSignal },
  ): AsyncGenerator<LogAddition> {
    const { container } = await this.#find(part);
    const args = ["logs", "--follow", "--tail", String(lines), container ?? part];
    const child = spawn("docker", args, { stdio: ["ignore", "pipe", "pipe"], signal });
    const output = new PassThrough();
    // That it was ended by the signal is no error.
    child.on("error", (error) => output.destroy(signal.aborted ? undefined : error));
    child.stderr.pipe(output, { end: false });
    child.stdout.pipe(output);
    output.setEncoding("utf8");
    for await (const text of output) yield { text, skipped: 0 };
  }

  async get(part: string, port: number, path: string): Promise<string[]> {
    const { container, ports } = await this.#find(part);
    const host = ports.find((it) => it.container === port)?.host;
    const answer =
      (host === undefined ? undefined : await getFrom(`http://127.0.0.1:${host}${path}`)) ??
      (await getInside(container ?? part, port, path));
    return answer === undefined ? [] : [answer];
  }

  async #find(part: string): Promise<Container> {
    const containers = await readContainers(this.project);
    if (containers.length === 0) throw this.#notRunning();
    const found = containers.find(({ name }) => name === part);
    if (found === undefined) {
      throw unknownPart(
        part,
        containers.map(({ name }) => name),
      );
    }
    return found;
  }

  #notRunning(): LabError {
    return new LabError(`${this.project} is not running in Docker`, {
      hint: "Start it with lab up --docker.",
      exitCode: ExitCode.notRunning,
    });
  }
}

async function getFrom(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(answerMs) });
    return await response.text();
  } catch {
    // Nobody answers, or a published port behind which nobody listens.
    return undefined;
  }
}

/** What an Envoy says of itself is for its own container only. Its image has bash, but no program that asks. */
async function getInside(container: string, port: number, path: string): Promise<string | undefined> {
  const request = `GET ${path} HTTP/1.1\\r\\nhost: localhost\\r\\nconnection: close\\r\\n\\r\\n`;
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && printf '${request}' >&3 && cat <&3`;
  const { code, stdout } = await runDocker(["exec", container, "timeout", "3", "bash", "-c", script]);
  return code === 0 ? bodyOf(stdout) : undefined;
}

/** The body of an HTTP/1.1 answer, also of one in chunks. */
export function bodyOf(answer: string): string {
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  let body = rest.join("\r\n\r\n");
  if (!/^transfer-encoding: *chunked/im.test(head)) return body;
  let text = "";
  for (;;) {
    const [size = ""] = body.split("\r\n", 1);
    const length = Number.parseInt(size, 16);
    if (!(length > 0)) return text;
    text += body.slice(size.length + 2, size.length + 2 + length);
    body = body.slice(size.length + 2 + length + 2);
  }
}
