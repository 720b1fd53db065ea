import { spawn } from "node:child_process";
import { createWriteStream, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { nodeAddress, nodeNamespace } from "@envoy-mesh-lab/mesh";
import { goTool } from "../go-tool.ts";
import { until } from "../until.ts";

/** An object storage on the node. */
export interface ObjectStorage {
  readonly endpoint: string;
  /** The file of the certificate by which it is known. */
  readonly certificate: string;
  /** How many blocks of traces are whole in it: of each, its meta.json comes last. */
  blocks(): number;
  end(): void;
}

/**
 * Starts an object storage in the network of the node, as long as this process runs at the most. The first time, it is built.
 *
 * @param folder for its certificate and its log.
 */
export async function startS3(folder: string, bucket: string): Promise<ObjectStorage> {
  const path = await goTool({
    name: "s3",
    title: "an object storage",
    version: "1.2.0",
    purpose: "takes the blocks of kubernetes/overlays/s3",
    module: "test/kubernetes/s3",
    package: ".",
    sources: ["main.go"],
  });
  const endpoint = `${nodeAddress}:9000`;
  const [certificate, log] = [join(folder, "s3.pem"), join(folder, "s3.log")];
  const child = spawn(
    "nsenter",
    [
      ...[`--net=/run/netns/${nodeNamespace}`, "--", "setpriv", "--pdeathsig", "KILL"],
      ...[path, endpoint, certificate, bucket],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  child.stdout.pipe(createWriteStream(log));
  await until(
    async () => existsSync(certificate),
    (it) => it,
  );
  return {
    endpoint,
    certificate,
    blocks: () => (readFileSync(log, "utf8").match(/^PUT .*\/meta\.json$/gm) ?? []).length,
    end: () => child.kill("SIGKILL"),
  };
}
