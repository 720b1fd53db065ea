// Tells Istio of the mesh, and gives each workload what a kubelet would put into its pod:
//   configure-main.ts KUBECTL KUBECONFIG ISTIO_FILES MANIFESTS FOLDER NAMESPACE WORKLOAD...
// It applies the types of Istio's API and then the MANIFESTS, files with commas between them; waits for the root certificate that istiod publishes; and writes for
// each workload a folder with its token, that certificate and the template of its Envoy's bootstrap. Done again, it changes nothing else.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const [kubectl = "", kubeconfig = "", files = "", manifests = "", folder = "", namespace = "", ...workloads] =
  process.argv.slice(2);

/** How long the root certificate may take to be there, in milliseconds. */
const patienceMs = 60_000;

function kube(...args: string[]): string {
  return execFileSync(kubectl, ["--kubeconfig", kubeconfig, ...args], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
}

kube("apply", "--server-side", "--force-conflicts", "-f", join(files, "crd-all.gen.yaml"));
kube("wait", "--for=condition=Established", "crd", "--all", "--timeout=30s");
const ours = manifests.split(",").flatMap((file) => ["-f", file]);
console.log(kube("apply", "--server-side", "--force-conflicts", ...ours).trimEnd());

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
