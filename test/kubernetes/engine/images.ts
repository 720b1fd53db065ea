import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Docker } from "../../docker/docker.ts";
import { dockerIn } from "../../docker/docker.ts";
import { findEngine } from "../../docker/engine.ts";
import { base, buildStandIns, canBuildStandIns } from "../../docker/stand-ins.ts";
import { sandboxImage } from "./config.ts";

/** The image of the cluster's DNS, which is none of the mesh's. */
const dnsImage = "registry.k8s.io/coredns/coredns:v1.13.2";

/** By the native program that is in them; manifests.test.ts holds their names to compose.yaml's. */
const upstream = {
  envoy: "envoyproxy/envoy:v1.40.0",
  "otelcol-contrib": "otel/opentelemetry-collector-contrib:0.161.0",
  tempo: "grafana/tempo:2.8.4",
};
const service = "envoy-mesh-lab/service:0.1.0";

/**
 * Builds all images that the node needs, where none can be pulled: the services' from the Dockerfile, the others around the
 * native programs. An engine of Docker builds them.
 *
 * @param archive where they go, together, in a folder of the test's own, which holds what they are made of meanwhile.
 * @returns in words why they cannot be built here, when they cannot.
 */
export async function buildImages(archive: string, coredns: string): Promise<string | undefined> {
  if (!canBuildStandIns()) return "images are built of the packages of a Debian or Ubuntu";
  const engine = await findEngine();
  if (typeof engine === "string") return engine;
  if (!engine.isOwn) return "a Docker engine runs here, whose images are not this test's to replace";
  const folder = mkdtempSync(join(dirname(archive), "images-"));
  try {
    const { signal } = new AbortController();
    const docker = dockerIn({ env: engine.env, composeCommand: ["docker", "compose"], signal });
    await buildStandIns(docker, upstream, folder);
    await docker.run("build", "--quiet", "--target", "service", "--tag", service, repoRoot);
    await build(docker, folder, sandboxImage, ['ENTRYPOINT ["sleep", "infinity"]']);
    execFileSync("cp", [coredns, join(folder, "coredns")]);
    await build(docker, folder, dnsImage, [
      "COPY coredns /coredns",
      "USER 65532:65532",
      'ENTRYPOINT ["/coredns"]',
    ]);
    await docker.run(
      "save",
      "--output",
      archive,
      ...Object.values(upstream),
      service,
      sandboxImage,
      dnsImage,
    );
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
    engine.stop();
  }
}

async function build(docker: Docker, folder: string, tag: string, lines: readonly string[]): Promise<void> {
  const context = mkdtempSync(join(folder, "context-"));
  if (lines.some((it) => it.startsWith("COPY"))) {
    execFileSync("cp", [join(folder, "coredns"), context]);
  }
  writeFileSync(join(context, "Dockerfile"), [`FROM ${base}`, ...lines].join("\n"));
  await docker.run("build", "--quiet", "--tag", tag, context);
}
