import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheDir } from "@envoy-mesh-lab/bootstrap";
import type { ProgramProgress } from "../../programs/index.ts";
import { ensurePrograms } from "../../programs/index.ts";
import { dnsImage, sandboxImage } from "./config.ts";
import type { Image, Layer } from "./image-archive.ts";
import { librariesOf, writeImages } from "./image-archive.ts";
import { filesOf, serviceLayer } from "./service-image.ts";

/** The images of the mesh, by what is in them; a test holds their names to the manifests'. */
export const meshImages = {
  envoy: "envoyproxy/envoy:v1.40.0",
  "otelcol-contrib": "otel/opentelemetry-collector-contrib:0.161.0",
  tempo: "grafana/tempo:2.8.4",
  service: "envoy-mesh-lab/service:0.1.0",
} as const;

/** What the images are told of the machine that they run on. */
const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/**
 * Makes sure of archives with all images that a node needs, where none can be pulled: around the native programs, which the cache
 * holds, the C library of this machine, and the services' sources as they are now. They have the names of the upstream ones.
 *
 * @returns the archives. They are in the cache, and made anew only when what is in them has changed.
 */
export async function ensureImages(
  coredns: string,
  onProgress: (progress: ProgramProgress) => void = () => {},
  signal?: AbortSignal,
): Promise<string[]> {
  const programs = await ensurePrograms(["envoy", "otelcol-contrib", "tempo"], {
    onProgress,
    ...(signal ? { signal } : {}),
  });
  const shell = which("bash");
  const sleep = which("sleep");
  const base: Layer = {
    from: {
      ...librariesOf([shell, sleep, programs.envoy.path, process.execPath]),
      "usr/bin/bash": shell,
      "bin/sh": shell,
      "usr/bin/sleep": sleep,
    },
    texts: {
      "etc/passwd": "root:x:0:0::/root:/bin/sh\nenvoy:x:101:101::/:/bin/sh\nnode:x:1000:1000::/app:/bin/sh\n",
      "etc/group": "root:x:0:\nenvoy:x:101:\nnode:x:1000:\n",
    },
  };
  const fixed: Image[] = [
    image(meshImages.envoy, [base, one("usr/local/bin/envoy", programs.envoy.path)], ["envoy"]),
    image(
      meshImages["otelcol-contrib"],
      [one("otelcol-contrib", programs["otelcol-contrib"].path)],
      ["/otelcol-contrib"],
    ),
    image(meshImages.tempo, [one("tempo", programs.tempo.path)], ["/tempo"]),
    image(sandboxImage, [base], ["sleep", "infinity"]),
    image(dnsImage, [one("coredns", coredns)], ["/coredns"]),
  ];
  const node = one("usr/local/bin/node", realpathSync(process.execPath));
  const app = serviceLayer();
  const service = image(meshImages.service, [base, node, app], ["node"], "/app");
  return [
    ensureArchive("programs", fixed, filesIn(fixed)),
    ensureArchive("service", [service], [...filesIn([service]), ...Object.entries(app.links).flat()]),
  ];
}

function image(name: string, layers: Layer[], Entrypoint: string[], WorkingDir?: string): Image {
  const whole = name.startsWith("registry.k8s.io/") ? name : `docker.io/${name}`;
  return { name: whole, layers, config: { Entrypoint, Env: [path], ...(WorkingDir ? { WorkingDir } : {}) } };
}

function one(at: string, file: string): Layer {
  return { from: { [at]: file } };
}

function which(program: string): string {
  return realpathSync(execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim());
}

function filesIn(images: readonly Image[]): string[] {
  return images.flatMap(({ name, layers }) => [
    name,
    ...layers.flatMap(({ from = {} }) => [...Object.keys(from), ...filesOf({ from })]),
  ]);
}

/** One archive of a kind is kept: what an older one held is never asked for again. */
function ensureArchive(kind: string, images: readonly Image[], facts: readonly string[]): string {
  const folder = join(cacheDir(), "images");
  const hash = createHash("sha256").update(facts.join("\n")).digest("hex").slice(0, 12);
  const archive = join(folder, `${kind}-${hash}.tar`);
  if (existsSync(archive)) return archive;
  mkdirSync(folder, { recursive: true });
  writeImages(archive, images);
  for (const it of readdirSync(folder)) {
    if (it.startsWith(`${kind}-`) && join(folder, it) !== archive) {
      rmSync(join(folder, it), { recursive: true, force: true });
    }
  }
  return archive;
}
