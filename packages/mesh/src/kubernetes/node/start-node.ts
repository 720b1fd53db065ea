import { execFile, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdirSync, openSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { ProcessId } from "../../native/processes.ts";
import { identify, isAlive } from "../../native/processes.ts";
import {
  apiPort,
  dnsManifests,
  nodeAddress,
  nodeFiles,
  nodeName,
  podNetwork,
  serviceNetwork,
  users,
} from "./config.ts";
import type { HostBefore } from "./host.ts";
import { lookAtHost } from "./host.ts";
import type { NodePlace } from "./node.ts";
import { nodeNamespace, nodePlace, patienceMs, writeRecord } from "./node.ts";
import type { Programs } from "./programs.ts";
import { cniFolder } from "./programs.ts";

const pollMs = 200;
const run = promisify(execFile);

/** How to start a node. */
export interface NodeOptions {
  /** Archives of all images that its pods need. */
  readonly images: readonly string[];
  readonly programs: Programs;
  readonly signal?: AbortSignal | undefined;
  readonly tell?: (text: string) => void;
}

/**
 * Starts one node of Kubernetes with its control plane: the programs themselves, as processes in a network namespace of their own,
 * which has no way out. It is written down in its folder what there is to take away again, before it is there.
 *
 * @param folder one that does not exist; its path is short, as there are sockets in it.
 * @throws {LabError} (exit code `notReady`) when it does not come up; call `endNode` then.
 */
export async function startNode(folder: string, options: NodeOptions): Promise<NodePlace> {
  const node = new Starting(folder, options);
  node.makeFolder();
  makeNamespace();
  const at = (name: string) => join(folder, name);
  node.run("etcd", "etcd", [
    ...["--data-dir", at("etcd"), "--listen-client-urls", "http://127.0.0.1:2379"],
    ...["--advertise-client-urls", "http://127.0.0.1:2379", "--listen-peer-urls", "http://127.0.0.1:2380"],
    "--unsafe-no-fsync",
  ]);
  node.run("containerd", "containerd", ["-c", at("containerd.toml")]);
  node.kube("kube-apiserver", [
    "--etcd-servers=http://127.0.0.1:2379",
    `--service-cluster-ip-range=${serviceNetwork}`,
    `--cert-dir=${at("pki")}`,
    `--bind-address=${nodeAddress}`,
    `--secure-port=${apiPort}`,
    `--advertise-address=${nodeAddress}`,
    `--token-auth-file=${at("tokens.csv")}`,
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    `--service-account-key-file=${at("pki/sa.key")}`,
    `--service-account-signing-key-file=${at("pki/sa.key")}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--kubelet-preferred-address-types=InternalIP",
    `--kubelet-client-certificate=${at("pki/kubelet-client.crt")}`,
    `--kubelet-client-key=${at("pki/kubelet-client.key")}`,
    // Who serves more of the API, as a metrics server does, knows by the same certificate that it is the API server who asks, and for whom.
    `--proxy-client-cert-file=${at("pki/kubelet-client.crt")}`,
    `--proxy-client-key-file=${at("pki/kubelet-client.key")}`,
    `--requestheader-client-ca-file=${at("pki/kubelet-client.crt")}`,
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
  ]);
  node.run("crossing", process.execPath, [
    fileURLToPath(new URL("crossing.ts", import.meta.url)),
    at("crossing.sock"),
  ]);
  node.tell("starting a node of Kubernetes");
  const containerd = node.untilReady("containerd", () => node.ctr("version"));
  // What pods wait for; meanwhile the rest of the node comes up.
  const imported = containerd.then(async () => {
    for (const it of options.images) await node.ctr("--namespace", "k8s.io", "images", "import", it);
  });
  imported.catch(() => undefined);
  await Promise.all([
    containerd,
    node.untilReady("the API server", () => node.kubectl("get", "--raw", "/readyz")),
  ]);
  node.kube("kube-controller-manager", [
    `--kubeconfig=${at("admin.kubeconfig")}`,
    "--leader-elect=false",
    `--root-ca-file=${at("pki/apiserver.crt")}`,
    `--flex-volume-plugin-dir=${at("volume-plugins")}`,
    `--service-account-private-key-file=${at("pki/sa.key")}`,
    "--use-service-account-credentials=true",
    `--cluster-cidr=${podNetwork}`,
  ]);
  node.kube("kube-scheduler", [`--kubeconfig=${at("admin.kubeconfig")}`, "--leader-elect=false"]);
  node.kube("kubelet", [
    `--config=${at("kubelet.yaml")}`,
    `--kubeconfig=${at("kubelet.kubeconfig")}`,
    `--root-dir=${at("kubelet")}`,
    `--cert-dir=${at("kubelet-pki")}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${nodeAddress}`,
  ]);
  node.kube("kube-proxy", [`--config=${at("proxy.yaml")}`]);
  node.tell("waiting for the node to be ready, and its images");
  await Promise.all([
    node.kubectl(
      ...["create", "clusterrolebinding", "kube-proxy", "--clusterrole=system:node-proxier"],
      "--user=system:kube-proxy",
    ),
    // A pod whose image is not there yet is tried again after ten seconds only.
    imported.then(() => node.kubectl("apply", "-f", dnsManifests)),
    node.untilReady("the node", () =>
      node.kubectl("wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=1s"),
    ),
  ]);
  return nodePlace(folder);
}

/** A node that is being started. */
class Starting {
  readonly #folder: string;
  readonly #options: NodeOptions;
  readonly #host: HostBefore = lookAtHost();
  readonly #processes: (ProcessId & { readonly name: string })[] = [];

  constructor(folder: string, options: NodeOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  tell(text: string): void {
    this.#options.tell?.(text);
  }

  makeFolder(): void {
    mkdirSync(this.#folder, { mode: 0o700 });
    this.#write();
    const at = (name: string) => join(this.#folder, name);
    for (const name of ["pki", "etcd", "bin", "cni-bin"]) mkdirSync(at(name), { recursive: true });
    // In a folder of its own, as a plugin that is chained to them puts itself beside them.
    for (const it of readdirSync(cniFolder)) symlinkSync(join(cniFolder, it), at(`cni-bin/${it}`));
    for (const name of [
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kube-proxy",
      "kubelet",
      "kubectl",
    ]) {
      symlinkSync(this.#options.programs.kube, at(`bin/${name}`));
    }
    const tokens = Object.fromEntries(
      Object.keys(users).map((user) => [user, randomBytes(16).toString("hex")]),
    ) as Record<keyof typeof users, string>;
    for (const [name, text] of Object.entries(nodeFiles(this.#folder, tokens))) {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), text, { mode: 0o600 });
    }
    const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "ignore" });
    openssl("genrsa", "-out", at("pki/sa.key"), "2048");
    // By this the kubelet knows the API server, which asks it for logs and opens ways into pods.
    openssl(
      ...["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/O=system:masters/CN=kube-apiserver"],
      ...["-keyout", at("pki/kubelet-client.key"), "-out", at("pki/kubelet-client.crt")],
    );
  }

  kube(name: string, args: readonly string[]): void {
    this.run(name, join(this.#folder, "bin", name), args);
  }

  /** Starts a program in the background, in the node's network; its words go to a file of its name. */
  run(name: string, program: string, args: readonly string[]): void {
    const log = openSync(join(this.#folder, `${name}.log`), "w");
    const child = spawn("nsenter", [...inside(), program, ...args], {
      stdio: ["ignore", log, log],
      detached: true,
    });
    child.unref();
    const id = child.pid === undefined ? undefined : identify(child.pid);
    if (id === undefined) throw new Error(`${program} cannot be started`);
    this.#processes.push({ name, ...id });
    this.#write();
  }

  async kubectl(...args: string[]): Promise<void> {
    const { kubectl, kubeconfig } = nodePlace(this.#folder);
    await run("nsenter", [...inside(), kubectl, `--kubeconfig=${kubeconfig}`, ...args]);
  }

  async ctr(...args: string[]): Promise<void> {
    await run("ctr", ["--address", join(this.#folder, "containerd.sock"), ...args]);
  }

  async untilReady(what: string, ask: () => Promise<void>): Promise<void> {
    const deadline = performance.now() + patienceMs;
    for (;;) {
      this.#options.signal?.throwIfAborted();
      try {
        return await ask();
      } catch (error) {
        const ended = this.#processes.find((it) => !isAlive(it));
        if (ended !== undefined || performance.now() > deadline) {
          throw this.#notReady(ended === undefined ? what : ended.name, String(error));
        }
      }
      await delay(pollMs);
    }
  }

  #notReady(what: string, words: string): LabError {
    const logs = this.#processes.map(({ name }) => {
      const text = readFileSync(join(this.#folder, `${name}.log`), "utf8");
      return `${name}: ${text.trimEnd().split("\n").slice(-2).join("\n")}`;
    });
    return new LabError(`${what} of the node is not ready: ${words}\n${logs.join("\n")}`, {
      exitCode: ExitCode.notReady,
      hint: "the lines above are the last ones of each of its programs",
    });
  }

  /** What there is to take away again. */
  #write(): void {
    writeRecord(this.#folder, { host: this.#host, processes: this.#processes });
  }
}

/** Options of nsenter with which a program runs in the node's network. (`ip netns exec` would hide the cgroups.) */
function inside(): string[] {
  return [`--net=/run/netns/${nodeNamespace}`, "--"];
}

function makeNamespace(): void {
  execFileSync("ip", ["netns", "add", nodeNamespace]);
  const run = (...args: string[]) => execFileSync("nsenter", [...inside(), ...args]);
  run("ip", "link", "set", "lo", "up");
  // Two ends of a cable within it: an address for the node, and a default route, which Kubernetes wants, to nowhere.
  run("ip", "link", "add", "node0", "type", "veth", "peer", "name", "node1");
  run("ip", "address", "add", `${nodeAddress}/24`, "dev", "node0");
  run("ip", "link", "set", "node0", "up");
  run("ip", "link", "set", "node1", "up");
  run("ip", "route", "add", "default", "via", "10.10.0.2", "dev", "node0");
  for (const setting of ["net/ipv4/ip_forward", "net/bridge/bridge-nf-call-iptables"]) {
    run("sh", "-c", `echo 1 > /proc/sys/${setting}`);
  }
}
