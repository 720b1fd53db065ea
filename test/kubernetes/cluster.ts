import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** What a command printed, and how it ended. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const run = promisify(execFile);

/** Runs a program to its end. */
export async function output(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<Output> {
  try {
    return { code: 0, ...(await run(program, args, { cwd: repoRoot, env, maxBuffer: 2 ** 27 })) };
  } catch (error) {
    const { code, stdout = "", stderr = "", message } = error as Error & Partial<Output>;
    return { code: Number(code) || 1, stdout, stderr: stderr || message };
  }
}

/** A mesh that `lab` brings up on Kubernetes, as a user does; it is taken away when this process exits. */
export class ClusterMesh {
  readonly name: string;
  /** A folder of the test's own. */
  readonly scratch = mkdtempSync(join(tmpdir(), "lab-kubernetes-test-"));
  readonly edge: string;
  readonly tempo: string;
  readonly #env: NodeJS.ProcessEnv;

  /** @param portShift how far its ports are from the usual ones. */
  constructor(name: string, portShift: number, env: NodeJS.ProcessEnv = {}) {
    this.name = name;
    this.edge = `http://127.0.0.1:${8080 + portShift}`;
    this.tempo = `http://127.0.0.1:${3200 + portShift}`;
    this.#env = {
      ...process.env,
      COMPOSE_PROJECT_NAME: name,
      LAB_PORT_SHIFT: String(portShift),
      ENVOY_MESH_LAB_STATE: join(this.scratch, "state"),
      NO_COLOR: "1",
      KUBECONFIG: "/dev/null",
      ...env,
    };
    process.once("exit", () => {
      spawnSync(process.execPath, ["lab/main.ts", "down", "--volumes"], { cwd: repoRoot, env: this.#env });
      rmSync(this.scratch, { recursive: true, force: true });
    });
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => process.exit(128 + constants.signals[signal]));
    }
  }

  /** Runs `lab`. */
  lab(...args: string[]): Promise<Output> {
    return output(process.execPath, ["lab/main.ts", ...args], this.#env);
  }

  /** Runs kubectl on the cluster of the mesh. @throws Error with its words when it fails. */
  async kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.tryKubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")}: ${stderr || stdout}`);
    return stdout.trim();
  }

  /** Runs kubectl on the cluster of the mesh. */
  tryKubectl(...args: string[]): Promise<Output> {
    const { cluster } = this.#record();
    const env = { ...process.env, KUBECONFIG: cluster.kubeconfig };
    return output(cluster.kubectl ?? "kubectl", [`--context=${cluster.context}`, ...args], env);
  }

  /** The folder of the node that was started for the mesh. */
  get node(): string {
    return this.#record().node ?? "";
  }

  /** The kubeconfig of the node, for who is outside of its network. */
  get kubeconfig(): string {
    return this.#record().cluster.kubeconfig ?? "";
  }

  /** Where `lab` keeps what it knows of the mesh. */
  get folder(): string {
    return join(this.scratch, "state", this.name);
  }

  #record(): { cluster: { context: string; kubeconfig?: string; kubectl?: string }; node?: string } {
    return JSON.parse(readFileSync(join(this.folder, "kubernetes.json"), "utf8"));
  }
}
