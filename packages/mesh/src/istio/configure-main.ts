// Tells Istio of the mesh, and gives each workload what a kubelet would put into its pod:
//   configure-main.ts KUBECTL KUBECONFIG ISTIO_FILES MANIFESTS FOLDER NAMESPACE WORKLOAD...
// It applies the types of Istio's API and then the MANIFESTS, files with commas between them, and takes back what it has applied
// before and they have no more; waits for the root certificate that istiod publishes; and writes for
// each workload a folder with its token, that certificate and the template of its Envoy's bootstrap. Done again, it changes nothing else.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";

const [kubectl = "", kubeconfig = "", files = "", manifests = "", folder = "", namespace = "", ...workloads] =
  process.argv.slice(2);

/** How long the root certificate may take to be there, in milliseconds. */
const patienceMs = 60_000;

/** Runs kubectl. Where it fails its own words are the last of this part, as they say what to mend. */
function kube(...args: string[]): string {
  return kubeWith("", ...args);
}

function kubeWith(input: string, ...args: string[]): string {
  const { status, stdout, error } = spawnSync(kubectl, ["--kubeconfig", kubeconfig, ...args], {
    encoding: "utf8",
    input,
    stdio: ["pipe", "pipe", "inherit"],
    maxBuffer: 2 ** 26,
  });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(1);
  return stdout;
}

kube("apply", "--server-side", "--force-conflicts", "-f", join(files, "crd-all.gen.yaml"));
kube("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s");
const ours = manifests.split(",").flatMap((file) => ["-f", file]);
const output = kube("apply", "--server-side", "--force-conflicts", "-o", "json", ...ours);

/** What of a Kubernetes object names it. */
interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}
const applied = (JSON.parse(output) as { items: Named[] }).items.map(
  ({ apiVersion, kind, metadata: { name, namespace } }): Named => ({
    apiVersion,
    kind,
    metadata: namespace === undefined ? { name } : { name, namespace },
  }),
);
// What others have applied stays: only what this has written down is taken back.
const record = join(folder, "applied.json");
const before: Named[] = existsSync(record) ? JSON.parse(readFileSync(record, "utf8")) : [];
const gone = before.filter((old) => !applied.some((it) => isDeepStrictEqual(it, old)));
if (gone.length > 0) {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: gone });
  console.log(kubeWith(list, "delete", "--ignore-not-found", "-f", "-").trimEnd());
}
mkdirSync(folder, { recursive: true });
writeFileSync(record, JSON.stringify(applied));
for (const { kind, metadata } of applied) console.log(`applied ${kind} ${metadata.name}`);

async function rootCertificate(): Promise<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const found = kube(
      ...["get", "configmap", "istio-ca-root-cert", "--namespace", namespace, "--ignore-not-found"],
      ...["-o", "jsonpath={.data.root-cert\\.pem}"],
    );
    if (found !== "") return found;
    if (performance.now() > deadline) throw new Error("istiod has published no root certificate");
    await delay(200);
  }
}

const root = await rootCertificate();
for (const workload of workloads) {
  const at = (name: string) => join(folder, workload, name);
  for (const name of [
    "var/run/secrets/tokens",
    "var/run/secrets/istio",
    "var/lib/istio/envoy",
    "var/lib/istio/data",
    "etc/istio/proxy",
  ]) {
    mkdirSync(at(name), { recursive: true, mode: 0o700 });
  }
  // Istiod asks for this audience; nobody renews it here, so it is as long as the longest night.
  const token = kube(
    ...["create", "token", workload, "--namespace", namespace],
    ...["--audience", "istio-ca", "--duration", "720h"],
  );
  writeFileSync(at("var/run/secrets/tokens/istio-token"), token.trim(), { mode: 0o600 });
  writeFileSync(at("var/run/secrets/istio/root-cert.pem"), root);
  copyFileSync(join(files, "envoy_bootstrap.json"), at("var/lib/istio/envoy/envoy_bootstrap_tmpl.json"));
}
console.log(`ready: ${workloads.join(", ")}`);
