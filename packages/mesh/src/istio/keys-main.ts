// Makes what a control plane's parts know each other by, once: keys-main.ts FOLDER SERVER
// A key for the tokens of service accounts, a token for whoever administers, and a kubeconfig with it. What is there stays, as tokens
// that were given out are signed with it.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [folder = "", server = ""] = process.argv.slice(2);
const at = (name: string) => join(folder, name);
mkdirSync(at("pki"), { recursive: true, mode: 0o700 });

/** Readable for its owner only. */
function keep(name: string, text: string): void {
  writeFileSync(at(name), text, { mode: 0o600 });
}

if (!existsSync(at("admin.kubeconfig"))) {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  keep("pki/sa.key", privateKey);
  const token = randomBytes(16).toString("hex");
  keep("tokens.csv", `${token},admin,1,"system:masters"\n`);
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "lab", cluster: { server, "certificate-authority": at("pki/apiserver.crt") } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "lab", context: { cluster: "lab", user: "admin" } }],
    "current-context": "lab",
  };
  keep("admin.kubeconfig", `${JSON.stringify(kubeconfig, undefined, 2)}\n`);
}
