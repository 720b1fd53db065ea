import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { takeLock } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { labParts, servicePorts } from "../lab-parts.ts";
import type { PartAction } from "../native/control-protocol.ts";
import type { MeshFolder } from "../native/mesh-folder.ts";
import { clearMeshFolder, logPath } from "../native/mesh-folder.ts";
import { unknownPart } from "../native/mesh-model.ts";
import { pageSession } from "../page.ts";
import type {
  DownResult,
  LogAddition,
  LogMark,
  MeshPart,
  MeshView,
  Runtime,
  UpOptions,
  UpResult,
} from "../runtime/runtime.ts";
import { findKeeper } from "./keeper/keeper.ts";
import { ForwardWay } from "./keeper/ways.ts";
import { kubectl, kubectlCommand, runKubectl } from "./kubectl.ts";
import { describeLeft, takeAway } from "./kubernetes-down.ts";
import { kubernetesUp } from "./kubernetes-up.ts";
import { endLocalCluster } from "./local-cluster.ts";
import type { ClusterView, Workload } from "./parts.ts";
import { findPart, nameLabel, partsOf, podsOf, replicasMeant } from "./parts.ts";
import type { ClusterRecord } from "./record.ts";
import { readRecord } from "./record.ts";
import { readCluster } from "./until-up.ts";

/** How long a part may take to answer, in milliseconds. */
const answerMs = 5000;

/** Where a service listens in its pod: on an address that only its sidecar knows (kubernetes/base). */
const serviceAddress = "127.0.0.2";

/** A mesh on a cluster of Kubernetes. Its parts are the containers of its pods, by their names. */
export class KubernetesRuntime implements Runtime {
  readonly name = "kubernetes";
  readonly #folder: MeshFolder;
  readonly #files: readonly string[];

  /** @param files compose files that the user names: there is nothing on a cluster that reads them. */
  constructor(folder: MeshFolder, files: readonly string[]) {
    this.#folder = folder;
    this.#files = files;
  }

  get project(): string {
    return this.#folder.project;
  }

  async up(options: UpOptions): Promise<UpResult> {
    if (this.#files.length > 0) {
      throw new LabError("a mesh on Kubernetes is not made from compose files", {
        exitCode: ExitCode.usage,
        hint: "Its manifests are in kubernetes/; name a folder of your own with --kustomize. Exercises run natively and in Docker.",
      });
    }
    return kubernetesUp(this.#folder, options);
  }

  async down({ volumes }: { readonly volumes: boolean }): Promise<DownResult> {
    const record = readRecord(this.#folder);
    await takeLock(this.#folder.lock, "lab down", { force: true });
    const left = await takeAway(this.#folder, { volumes });
    endLocalCluster(this.#folder);
    await clearMeshFolder(this.#folder, { volumes: !volumes, logs: false });
    const wasRunning = record !== undefined;
    return { wasRunning, orphans: [], ...(record ? { left: describeLeft(left, record) } : {}) };
  }

  async status(): Promise<MeshView> {
    const record = readRecord(this.#folder);
    if (record === undefined) return { project: this.project, supervisor: "none", parts: [] };
    const keeper = await findKeeper(this.#folder);
    const view = await readCluster(record);
    const parts = partsOf(view, (part) => portsOf(record, part));
    const page: MeshPart = {
      name: labParts.page.service,
      program: "node",
      version: process.versions.node,
      state: keeper?.page === undefined ? "exited" : "running",
      restarts: 0,
      ports: portsOf(record, labParts.page.service),
      log: logPath(this.#folder, labParts.page.service),
      ...(keeper?.page === undefined ? {} : { process: keeper.page }),
    };
    const supervisor = keeper === undefined ? "gone" : "running";
    return { project: this.project, supervisor, parts: record.page ? [...parts, page] : parts };
  }

  async act(action: PartAction, part: string, signal?: NodeJS.Signals): Promise<void> {
    const { record, view, workload } = await this.#find(part);
    const { cluster, namespace } = record;
    const what = `${workload.kind.toLowerCase()}/${workload.metadata.name}`;
    const tell = (...args: string[]) => kubectl(cluster, [...args, "-n", namespace]);
    if (action === "stop") await tell("scale", what, "--replicas=0");
    else if (action === "start") await tell("scale", what, `--replicas=${replicasMeant(workload)}`);
    else if (action === "restart") {
      await tell("rollout", "restart", what);
      await tell("rollout", "status", what, "--timeout=120s");
    } else {
      const [pod] = podsOf(view, workload.metadata.name);
      if (pod === undefined) throw this.#nothingRuns(part);
      await tell("delete", "pod", pod.metadata.name, "--wait=false", ...howToEnd(signal));
    }
  }

  async showLogs({ part, lines, follow }: { part: string | undefined; lines: number; follow: boolean }) {
    const { record, selector } =
      part === undefined
        ? {
            record: this.#record(),
            selector: ["-l", "app.kubernetes.io/part-of=envoy-mesh-lab", "--all-containers"],
          }
        : await this.#selector(part);
    const { program, args, env } = kubectlCommand(record.cluster);
    const which = [...(part === undefined ? ["--prefix"] : []), ...(follow ? ["--follow"] : [])];
    const logs = ["logs", "-n", record.namespace, ...selector, `--tail=${lines}`, ...which, ...atOnce];
    const child = spawn(program, [...args, ...logs], { env, stdio: ["ignore", "inherit", "inherit"] });
    // Ctrl-C ends it too, as it is of this process's group.
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    if (code !== 0 && !follow) {
      throw new LabError(`kubectl logs ended with ${code}`, {
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
        : { part: from.part, since: [`--since-time=${from.at}`] };
    if (part === labParts.page.service) return readFile(logPath(this.#folder, part), "utf8").catch(() => "");
    const { record, selector } = await this.#selector(part);
    const args = ["logs", "-n", record.namespace, ...selector, "--tail=-1", ...since, ...atOnce];
    return (await runKubectl(record.cluster, args)).stdout;
  }

  async *followLog(
    part: string,
    { lines, signal }: { lines: number; signal: AbortSignal },
  ): AsyncGenerator<LogAddition> {
    const { record, selector } = await this.#selector(part);
    const { program, args, env } = kubectlCommand(record.cluster);
    const logs = ["logs", "-n", record.namespace, ...selector, `--tail=${lines}`, "--follow", ...atOnce];
    const child = spawn(program, [...args, ...logs], { env, stdio: ["ignore", "pipe", "pipe"], signal });
    const output = new PassThrough();
    // That it was ended by the signal is no error.
    child.on("error", (error) => output.destroy(signal.aborted ? undefined : error));
    child.stderr.pipe(output, { end: false });
    child.stdout.pipe(output);
    output.setEncoding("utf8");
    for await (const text of output) yield { text, skipped: 0 };
  }

  async get(part: string, port: number, path: string): Promise<string[]> {
    const { record, view, workload } = await this.#find(part);
    const isService = servicePorts.some((it) => it.service === part && it.port === port);
    const answers = await Promise.all(
      podsOf(view, workload.metadata.name).map(({ metadata: { name } }) =>
        isService
          ? askWithin(record, name, part, `http://${serviceAddress}:${port}${path}`)
          : askThrough(record, name, port, path),
      ),
    );
    return answers.filter((it) => it !== undefined);
  }

  async pageToken(): Promise<string | undefined> {
    const file = join(this.#folder.volumes, pageSession.volume, pageSession.file);
    return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  }

  #record(): ClusterRecord {
    const record = readRecord(this.#folder);
    if (record !== undefined) return record;
    throw new LabError(`${this.project} is not running on Kubernetes`, {
      hint: "Start it with lab up --kubernetes --context NAME.",
      exitCode: ExitCode.notRunning,
    });
  }

  async #find(
    part: string,
  ): Promise<{ record: ClusterRecord; view: ClusterView; workload: Workload; container: string }> {
    const record = this.#record();
    const view = await readCluster(record);
    const found = findPart(view, part);
    if (found !== undefined) return { record, view, ...found };
    throw unknownPart(
      part,
      partsOf(view, () => []).map(({ name }) => name),
    );
  }

  async #selector(part: string): Promise<{ record: ClusterRecord; selector: string[] }> {
    const { record, workload, container } = await this.#find(part);
    return { record, selector: ["-l", `${nameLabel}=${workload.metadata.name}`, "-c", container] };
  }

  #nothingRuns(part: string): LabError {
    return new LabError(`no pod of ${part} runs`, {
      hint: `lab up ${part} starts it.`,
      exitCode: ExitCode.notRunning,
    });
  }
}

/** As many logs at once as a mesh may have containers: ten pods of each service, at most. */
const atOnce = ["--max-log-requests=60", "--ignore-errors"];

/** Kubernetes ends pods, with notice or without; it passes no other signal on. */
function howToEnd(signal: NodeJS.Signals = "SIGKILL"): string[] {
  if (signal === "SIGTERM") return [];
  if (signal === "SIGKILL") return ["--grace-period=0", "--force"];
  throw new LabError(`${signal} cannot be sent to a part on Kubernetes`, {
    exitCode: ExitCode.usage,
    hint: "SIGKILL takes one pod away at once, SIGTERM asks it to end, as an eviction does.",
  });
}

function portsOf({ ports }: ClusterRecord, part: string): MeshPart["ports"] {
  return Object.entries(ports)
    .map(([key, host]) => ({ name: key.split(":")[0], container: Number(key.split(":")[1]), host }))
    .filter(({ name }) => name === part)
    .map(({ container, host }) => ({ container, host, published: true }));
}

/** What a program within a container is answered: only there the service can be reached past its sidecar. */
async function askWithin(
  { cluster, namespace }: ClusterRecord,
  pod: string,
  container: string,
  url: string,
): Promise<string | undefined> {
  const script = `fetch(${JSON.stringify(url)}, { signal: AbortSignal.timeout(${answerMs}) }).then((it) => it.text()).then((it) => process.stdout.write(it))`;
  const args = ["exec", "-n", namespace, pod, "-c", container, "--", "node", "-e", script];
  const { code, stdout } = await runKubectl(cluster, args);
  return code === 0 ? stdout : undefined;
}

/** What a pod answers on a port that may be open to itself only: a port-forward comes from within it. */
async function askThrough(
  { cluster, namespace }: ClusterRecord,
  pod: string,
  port: number,
  path: string,
): Promise<string | undefined> {
  const way = new ForwardWay(cluster, namespace, pod, port);
  try {
    const socket = await way.open();
    return await new Promise<string>((resolve, reject) => {
      const asked = request({ createConnection: () => socket, path, host: "localhost", timeout: answerMs });
      asked.once("error", reject);
      asked.once("timeout", () => asked.destroy(new Error(`${pod} does not answer`)));
      asked.once("response", (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (it: string) => {
          text += it;
        });
        response.once("end", () => resolve(text)).once("error", reject);
      });
      asked.end();
    });
  } catch {
    // Nobody answers there, which is for the caller to judge.
    return undefined;
  } finally {
    way.close();
  }
}
