import type { ChildProcess } from "node:child_process";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { npm } from "../matrix/npm.ts";

const run = promisify(execFile);
const otelconnect = join(repoRoot, "packages", "otelconnect");

/** How long a command of an example may take, in milliseconds; a build of Next is the longest. */
const patienceMs = 180_000;

/** The names of the examples: the folders of `packages/otelconnect/examples`. */
export const examplesFolder = join(otelconnect, "examples");

/** An example in a folder of its own, outside the repository, with what its package.json names installed. */
export class ExampleProject {
  readonly folder: string;
  readonly #started: ChildProcess[] = [];

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * @param tarball otelconnect as npm packs it, which takes the place of the release that package.json names
   * @throws with npm's words where it cannot install, also for peers that do not fit
   */
  static async create(name: string, tarball: string): Promise<ExampleProject> {
    const folder = await mkdtemp(join(tmpdir(), `otelconnect-example-${name}-`));
    const project = new ExampleProject(folder);
    try {
      await cp(join(examplesFolder, name), folder, { recursive: true });
      await mkdir(join(folder, "gen"));
      await cp(join(otelconnect, "testing", "echo-service.ts"), join(folder, "gen", "echo_pb.ts"));
      const manifest = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
      manifest.dependencies["@envoy-mesh-lab/otelconnect"] = `file:${tarball}`;
      await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
      await npm(folder, "install", "--ignore-scripts", "--prefer-offline");
    } catch (error) {
      await project.remove();
      throw error;
    }
    return project;
  }

  /** Runs a program of the project to its end. @returns what it printed @throws with it where it fails */
  async run(command: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
    const [program = "", ...args] = command;
    const { stdout } = await run(program, args, {
      cwd: this.folder,
      env: this.#env(env),
      timeout: patienceMs,
    }).catch((error: Error & { stdout?: string }) => {
      throw new Error(`${command.join(" ")}: ${error.message}\n${error.stdout ?? ""}`);
    });
    return stdout;
  }

  /** Starts a program that goes on until the project is removed. It is ready when it prints what is given. */
  async start(command: readonly string[], env: NodeJS.ProcessEnv, ready: RegExp): Promise<void> {
    const [program = "", ...args] = command;
    const child = spawn(program, args, {
      cwd: this.folder,
      env: this.#env(env),
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, as some programs start others.
      detached: true,
    });
    this.#started.push(child);
    let printed = "";
    const signal = AbortSignal.timeout(patienceMs);
    await new Promise<void>((resolve, reject) => {
      const fail = () => reject(new Error(`${command.join(" ")} was never ready:\n${printed}`));
      signal.addEventListener("abort", fail, { once: true });
      child.once("error", reject).once("exit", fail);
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          printed += text;
          if (ready.test(printed)) resolve();
        });
      }
    });
  }

  async remove(): Promise<void> {
    for (const child of this.#started) {
      if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
        const exited = once(child, "exit");
        process.kill(-child.pid, "SIGTERM");
        await exited;
      }
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  #env(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const path = [join(this.folder, "node_modules", ".bin"), dirname(process.execPath), process.env.PATH];
    return { ...process.env, PATH: path.join(delimiter), ...more };
  }
}

/** A port that nobody listens at now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}
