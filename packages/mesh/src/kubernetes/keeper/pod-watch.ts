import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Cluster } from "../kubectl.ts";
import { kubectlCommand } from "../kubectl.ts";
import { nameLabel } from "../parts.ts";

/** After a watch has ended, which the API server does now and then, in milliseconds. */
const againMs = 1_000;

/** What kubectl is to print of a pod, now and whenever it changes: a line such as "edge-7d4 True". */
const podTemplate = [
  "jsonpath={.metadata.name}{' '}{.status.conditions[?(@.type=='Ready')].status}",
  "{' '}{.metadata.deletionTimestamp}{'\\n'}",
].join("");

/** Knows which pods of a workload are ready and to stay, as the cluster tells it. */
export class PodWatch {
  readonly #start: () => ChildProcess;
  #ready = new Set<string>();
  #child: ChildProcess;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(cluster: Cluster, namespace: string, name: string) {
    const { program, args, env } = kubectlCommand(cluster);
    const watch = [
      "get",
      "pods",
      "-n",
      namespace,
      "-l",
      `${nameLabel}=${name}`,
      "--watch",
      "-o",
      podTemplate,
    ];
    this.#start = () => spawn(program, [...args, ...watch], { env, stdio: ["ignore", "pipe", "inherit"] });
    this.#child = this.#watch();
  }

  get ready(): ReadonlySet<string> {
    return this.#ready;
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#child.kill();
  }

  #watch(): ChildProcess {
    const child = this.#start();
    // What was known before may have gone unseen; until the first line it is the best that there is.
    let isFirst = true;
    if (child.stdout) {
      createInterface(child.stdout).on("line", (line) => {
        if (isFirst) this.#ready = new Set();
        isFirst = false;
        const [name = "", isReady, deletedAt = ""] = line.split(" ");
        if (isReady === "True" && deletedAt === "") this.#ready.add(name);
        else this.#ready.delete(name);
      });
    }
    child.once("error", (error) => console.error(`kubectl cannot be run: ${error.message}`));
    child.once("close", () => {
      if (this.#isClosed) return;
      this.#timer = setTimeout(() => {
        this.#child = this.#watch();
      }, againMs);
    });
    return child;
  }
}
