import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { portShifts } from "../port-shifts.ts";

/** What a command did. */
export interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A mesh in Istio of the test's own: its name, its ports and its folder. It leaves nothing. */
export class IstioMesh {
  readonly project = "envoy-mesh-lab-istio";
  readonly folder = mkdtempSync(join(tmpdir(), "lab-istio-"));
  readonly #env: NodeJS.ProcessEnv = {
    ...process.env,
    COMPOSE_PROJECT_NAME: this.project,
    LAB_PORT_SHIFT: String(portShifts.istio),
    ENVOY_MESH_LAB_STATE: join(this.folder, "state"),
    // Inside the repository, as that of any learner.
    LAB_WORKSPACE: "workspace/.test-istio",
    NO_COLOR: "1",
  };

  /** Runs the command line tool on it, as a user does. */
  lab(...args: string[]): Promise<Run> {
    return new Promise((resolve) => {
      const options = { cwd: repoRoot, env: this.#env, maxBuffer: 2 ** 26 };
      execFile(process.execPath, ["lab/bin.mjs", ...args], options, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), stdout, stderr });
      });
    });
  }

  /** The same; it has to succeed. @returns what it printed. */
  async succeed(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.lab(...args);
    assert.equal(code, 0, `lab ${args.join(" ")}\n${stdout}${stderr}`);
    return stdout;
  }

  /** The trace id of a call. */
  async call(...args: string[]): Promise<string> {
    return JSON.parse(await this.succeed("call", "--json", ...args)).traceId;
  }

  /** Runs a script of Node in one of its networks. @returns what it printed. */
  inside(network: string, script: string): string {
    const { status, stdout, stderr } = spawnSync(
      "nsenter",
      [`--net=/run/netns/${this.project}.${network}`, "--", process.execPath, "-e", script],
      { encoding: "utf8", timeout: 30_000 },
    );
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  /** A statistic of a sidecar's Envoy, the sum of all whose name matches. */
  counter(network: string, pattern: string): number {
    const url = `http://127.0.0.1:15000/stats?filter=${encodeURIComponent(pattern)}`;
    const lines = this.inside(network, `fetch("${url}").then((r) => r.text()).then(console.log)`);
    const values = lines.split("\n").map((line) => Number(/: (\d+)$/.exec(line)?.[1] ?? 0));
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** Tells Kubernetes' API something, or takes it back. */
  kubectl(args: readonly string[], input = ""): string {
    const kubectl = this.#programs();
    const kubeconfig = join(this.folder, "state", this.project, "volumes/kubernetes/admin.kubeconfig");
    const { status, stdout, stderr } = spawnSync(
      "nsenter",
      [`--net=/run/netns/${this.project}.node`, "--", kubectl, "--kubeconfig", kubeconfig, ...args],
      { encoding: "utf8", timeout: 60_000, input },
    );
    assert.equal(status, 0, stderr);
    return stdout;
  }

  /** The path of the kubectl that the mesh itself uses, by the process of its API server. */
  #programs(): string {
    const state = JSON.parse(readFileSync(join(this.folder, "state", this.project, "state.json"), "utf8"));
    const { pid } = state.parts.find((it: { name: string }) => it.name === "kube-apiserver").process;
    const [program = ""] = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return program.replace(/kube-apiserver$/, "kubectl");
  }

  /** Ends it, whatever is left of it: at once, so that it can be done while this process exits. */
  remove(): void {
    spawnSync(process.execPath, ["lab/bin.mjs", "down", "--volumes"], { cwd: repoRoot, env: this.#env });
    rmSync(this.folder, { recursive: true, force: true });
    rmSync(join(repoRoot, "workspace", ".test-istio"), { recursive: true, force: true });
  }
}

/** What a mesh in Istio could leave on a machine beyond its own folder; others at work there change other things meanwhile. */
export function leftOnMachine({ project }: IstioMesh): Record<string, string[]> {
  const linesOf = (text: string, mine: RegExp) => text.split("\n").filter((line) => mine.test(line));
  const say = (program: string, ...args: string[]) => spawnSync(program, args, { encoding: "utf8" }).stdout;
  const own = new RegExp(`${project}|lab-istio-`);
  return {
    namespaces: linesOf(say("ip", "netns"), own),
    mounts: linesOf(readFileSync("/proc/mounts", "utf8"), own),
    addresses: linesOf(say("ip", "-brief", "address"), /10\.10\.0\./),
    rules: linesOf(say("iptables-save"), /ISTIO/),
    processes: linesOf(say("ps", "-eo", "args"), own),
  };
}
