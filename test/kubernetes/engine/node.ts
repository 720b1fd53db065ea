import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { processIdentity } from "@envoy-mesh-lab/bootstrap";
import { unmountBelow } from "../../docker/engine.ts";
import { until } from "../../until.ts";
import { nodeAddress, nodeFiles, nodeName, podNetwork, serviceNetwork, users } from "./config.ts";
import { rememberHost } from "./host.ts";
import type { Programs } from "./programs.ts";

/** The network namespace of the node. */
const namespace = "envoy-mesh-lab-kubernetes";

/** Longest that anything of the node may take to be ready, in milliseconds; far more than it takes. */
const patienceMs = 180_000;

/**
 * One node of Kubernetes with its control plane: the programs themselves, as processes in a network namespace of their own, which
 * has no way out. It ends when this process exits, with all that it has changed on this machine.
 */
export class Node {
  readonly folder = mkdtempSync(join(tmpdir(), "lab-kubernetes-"));
  readonly #programs: Programs;
  readonly #processes: { name: string; pid: number }[] = [];
  #restoreHost: (() => void) | undefined;

  constructor(programs: Programs) {
    this.#programs = programs;
  }

  /** @param images an archive of all images that its pods need, as `docker save` makes it. */
  async start(images: string): Promise<void> {
    process.once("exit", () => this.stop());
    this.#restoreHost = rememberHost();
    const at = (name: string) => join(this.folder, name);
    for (const name of ["pki", "etcd", "bin", "volumes/queue", "volumes/traces"]) {
      mkdirSync(at(name), { recursive: true });
    }
    for (const name of [
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kube-proxy",
      "kubelet",
      "kubectl",
    ]) {
      symlinkSync(this.#programs.kube, at(`bin/${name}`));
    }
    const tokens = Object.fromEntries(
      Object.keys(users).map((user) => [user, randomBytes(16).toString("hex")]),
    ) as Record<keyof typeof users, string>;
    for (const [name, text] of Object.entries(nodeFiles(this.folder, tokens))) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), text, { mode: 0o600 });
    }
    execFileSync("openssl", ["genrsa", "-out", at("pki/sa.key"), "2048"], { stdio: "ignore" });
    this.#makeNamespace();

    this.#run("etcd", "etcd", [
      ...["--data-dir", at("etcd"), "--listen-client-urls", "http://127.0.0.1:2379"],
      ...["--advertise-client-urls", "http://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:2380"],
      "--unsafe-no-fsync",
    ]);
    this.#run("containerd", "containerd", ["-c", at("containerd.toml")]);
    this.#kube("kube-apiserver", [
      "--etcd-servers=http://127.0.0.1:2379",
      `--service-cluster-ip-range=${serviceNetwork}`,
      `--cert-dir=${at("pki")}`,
      `--bind-address=${nodeAddress}`,
      `--advertise-address=${nodeAddress}`,
      `--token-auth-file=${at("tokens.csv")}`,
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      `--service-account-key-file=${at("pki/sa.key")}`,
      `--service-account-signing-key-file=${at("pki/sa.key")}`,
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      "--kubelet-preferred-address-types=InternalIP",
    ]);
    await this.#untilReady("containerd", () => this.#ctr("version"));
    this.#ctr("--namespace", "k8s.io", "images", "import", images);
    await this.#untilReady("the API server", () => this.kubectl("get", "--raw", "/readyz"));
    this.#kube("kube-controller-manager", [
      `--kubeconfig=${at("admin.kubeconfig")}`,
      "--leader-elect=false",
      `--root-ca-file=${at("pki/apiserver.crt")}`,
      `--flex-volume-plugin-dir=${at("volume-plugins")}`,
      `--service-account-private-key-file=${at("pki/sa.key")}`,
      "--use-service-account-credentials=true",
      `--cluster-cidr=${podNetwork}`,
    ]);
    this.#kube("kube-scheduler", [`--kubeconfig=${at("admin.kubeconfig")}`, "--leader-elect=false"]);
    this.#kube("kubelet", [
      `--config=${at("kubelet.yaml")}`,
      `--kubeconfig=${at("kubelet.kubeconfig")}`,
      `--root-dir=${at("kubelet")}`,
      `--cert-dir=${at("kubelet-pki")}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${nodeAddress}`,
    ]);
    this.#kube("kube-proxy", [`--config=${at("proxy.yaml")}`]);
    this.kubectl(
      ...["create", "clusterrolebinding", "kube-proxy", "--clusterrole=system:node-proxier"],
      "--user=system:kube-proxy",
    );
    await this.#untilReady("the node", () =>
      this.kubectl("wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=1s"),
    );
  }

  /** Runs kubectl on it. @returns what it printed. @throws Error with its words when it fails. */
  kubectl(...args: string[]): string {
    const kubectl = join(this.folder, "bin", "kubectl");
    return this.exec(kubectl, [`--kubeconfig=${join(this.folder, "admin.kubeconfig")}`, ...args]);
  }

  /** Runs a program in the node's network. @returns what it printed. @throws Error with its words when it fails. */
  exec(program: string, args: readonly string[]): string {
    const { status, stdout, stderr, error } = spawnSync("nsenter", [...this.#inside(), program, ...args], {
      encoding: "utf8",
      maxBuffer: 2 ** 26,
      timeout: patienceMs,
    });
    if (status === 0) return stdout.trim();
    throw new Error(`${program} ${args.join(" ")}: ${error?.message ?? ""}${stderr || stdout}`.trim());
  }

  /**
   * Runs a program in the node's network, where Services have their names as they have them in the cluster.
   *
   * @returns its exit code, and what it printed.
   */
  async run(
    program: string,
    args: readonly string[],
    { services, env = {} }: { services: readonly string[]; env?: NodeJS.ProcessEnv },
  ): Promise<{ code: number; stdout: string; stderr: string }> {
    const hosts = join(this.folder, "hosts");
    const lines = services.map(
      (name) =>
        `${this.kubectl("get", "service", "-n", "envoy-mesh-lab", name, "-o", "jsonpath={.spec.clusterIP}")} ${name}`,
    );
    writeFileSync(hosts, ["127.0.0.1 localhost", ...lines, ""].join("\n"));
    const script = 'mount --bind "$1" /etc/hosts && shift && exec "$@"';
    const child = spawn(
      "nsenter",
      [...this.#inside(), "unshare", "--mount", "sh", "-c", script, "sh", hosts, program, ...args],
      { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] },
    );
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (it: string) => {
      stdout += it;
    });
    child.stderr.setEncoding("utf8").on("data", (it: string) => {
      stderr += it;
    });
    const [code] = await once(child, "close");
    return { code: Number(code ?? 1), stdout, stderr };
  }

  /** Options of nsenter with which a program runs in the node's network. */
  #inside(): string[] {
    return [`--net=/run/netns/${namespace}`, "--"];
  }

  /** Ends it, and puts the machine back as it was. At once, so that it can be done while the process exits. */
  stop(): void {
    const restore = this.#restoreHost;
    if (restore === undefined) return;
    this.#restoreHost = undefined;
    // First the kubelet, which would start again what ends; then the containers, which are not its children.
    for (const name of ["kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager"])
      this.#end(name);
    const tasks = spawnSync(
      "ctr",
      [...this.#ctrOptions(), "--namespace", "k8s.io", "tasks", "ls", "--quiet"],
      {
        encoding: "utf8",
      },
    );
    for (const id of (tasks.stdout ?? "").split("\n").filter((it) => it !== "")) {
      spawnSync("ctr", [...this.#ctrOptions(), "--namespace", "k8s.io", "tasks", "delete", "--force", id]);
    }
    for (const name of ["kube-apiserver", "etcd", "containerd"]) this.#end(name);
    unmountBelow(this.folder);
    spawnSync("ip", ["netns", "delete", namespace]);
    restore();
    rmSync(this.folder, { recursive: true, force: true });
  }

  #makeNamespace(): void {
    const ip = (...args: string[]) => execFileSync("ip", args);
    ip("netns", "add", namespace);
    const inside = (...args: string[]) => execFileSync("nsenter", [...this.#inside(), ...args]);
    inside("ip", "link", "set", "lo", "up");
    // Two ends of a cable within it: an address for the node, and a default route, which Kubernetes wants, to nowhere.
    inside("ip", "link", "add", "node0", "type", "veth", "peer", "name", "node1");
    inside("ip", "address", "add", `${nodeAddress}/24`, "dev", "node0");
    inside("ip", "link", "set", "node0", "up");
    inside("ip", "link", "set", "node1", "up");
    inside("ip", "route", "add", "default", "via", "10.10.0.2", "dev", "node0");
    for (const setting of ["net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables"]) {
      inside("sh", "-c", `echo 1 > /proc/sys/${setting}`);
    }
  }

  #kube(name: string, args: readonly string[]): void {
    this.#run(name, join(this.folder, "bin", name), args);
  }

  /** Ends with this process, however it ends; its words go to a file of its name. */
  #run(name: string, program: string, args: readonly string[]): void {
    const log = openSync(join(this.folder, `${name}.log`), "w");
    const child = spawn("nsenter", [...this.#inside(), "setpriv", "--pdeathsig", "TERM", program, ...args], {
      stdio: ["ignore", log, log],
      detached: true,
    });
    child.unref();
    if (child.pid === undefined) throw new Error(`${program} cannot be started`);
    this.#processes.push({ name, pid: child.pid });
  }

  #end(name: string): void {
    const pid = this.#processes.find((it) => it.name === name)?.pid;
    if (pid === undefined || processIdentity(pid) === undefined) return;
    process.kill(pid, "SIGTERM");
    const killAt = performance.now() + 10_000;
    const failAt = killAt + 10_000;
    let isKilled = false;
    while (processIdentity(pid) !== undefined) {
      if (!isKilled && performance.now() > killAt) {
        process.kill(pid, "SIGKILL");
        isKilled = true;
      }
      if (performance.now() > failAt) throw new Error(`${name} (process ${pid}) does not end`);
      // Nothing else runs meanwhile: a process that exits has no event loop any more.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }

  #ctrOptions(): string[] {
    return ["--address", join(this.folder, "containerd.sock")];
  }

  #ctr(...args: string[]): string {
    return execFileSync("ctr", [...this.#ctrOptions(), ...args], { encoding: "utf8", stdio: "pipe" });
  }

  async #untilReady(what: string, ask: () => unknown): Promise<void> {
    let words = "";
    const isReady = await until(
      () => {
        try {
          ask();
          return true;
        } catch (error) {
          words = error instanceof Error ? error.message : String(error);
          return false;
        }
      },
      (it) => it,
      patienceMs,
      300,
    );
    if (isReady) return;
    const logs = this.#processes.map(({ name }) => {
      const lines = readFileSync(join(this.folder, `${name}.log`), "utf8")
        .trimEnd()
        .split("\n");
      return `${name}: ${lines.slice(-2).join("\n")}`;
    });
    throw new Error(`${what} is not ready: ${words}\n${logs.join("\n")}`);
  }
}
