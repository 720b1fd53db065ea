import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** A layer of an image. */
export interface Layer {
  /** Files and folders of this machine, by their paths in the image, without the first slash. Links are followed. */
  readonly from?: Readonly<Record<string, string>>;
  /** Symbolic links, by their paths in the image: what they say. */
  readonly links?: Readonly<Record<string, string>>;
  /** Files, by their paths in the image: their text. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** An image. */
export interface Image {
  /** Its whole name, with the registry. */
  readonly name: string;
  readonly layers: readonly Layer[];
  /** What a container of it is started with (OCI image specification 1.1, config.md). */
  readonly config: {
    readonly Entrypoint: readonly string[];
    readonly User?: string;
    readonly WorkingDir?: string;
    readonly Env?: readonly string[];
  };
}

interface Blob {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Writes images into one archive, as the OCI image layout lays it out, without any engine: a layer is a tar, the rest JSON.
 *
 * @param archive where it goes; it is there only when it is whole.
 */
export function writeImages(archive: string, images: readonly Image[]): void {
  const folder = `${archive}.${process.pid}`;
  const blobs = join(folder, "layout", "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  try {
    const known = new Map<Layer, Blob>();
    const manifests = images.map(({ name, layers, config }) => {
      const written = layers.map((layer) => {
        const blob = known.get(layer) ?? writeLayer(folder, blobs, layer);
        known.set(layer, blob);
        return blob;
      });
      const settings = writeJson(blobs, "config", {
        architecture: architectures[process.arch] ?? process.arch,
        os: "linux",
        config,
        rootfs: { type: "layers", diff_ids: written.map(({ digest }) => digest) },
      });
      const manifest = writeJson(blobs, "manifest", {
        schemaVersion: 2,
        mediaType: mediaType("manifest"),
        config: settings,
        layers: written,
      });
      return { ...manifest, annotations: { "io.containerd.image.name": name } };
    });
    const layout = join(folder, "layout");
    writeFileSync(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
    writeFileSync(join(layout, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
    execFileSync("tar", ["-cf", join(folder, "images.tar"), "-C", layout, "."]);
    renameSync(join(folder, "images.tar"), archive);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What Go, and with it all of containers, calls a processor. */
const architectures: Readonly<Record<string, string>> = { x64: "amd64" };

function mediaType(of: "manifest" | "config"): string {
  return `application/vnd.oci.image.${of}.v1+json`;
}

function writeJson(blobs: string, of: "manifest" | "config", value: unknown): Blob {
  const text = JSON.stringify(value);
  const hash = createHash("sha256").update(text).digest("hex");
  writeFileSync(join(blobs, hash), text);
  return { mediaType: mediaType(of), digest: `sha256:${hash}`, size: Buffer.byteLength(text) };
}

function writeLayer(folder: string, blobs: string, { from = {}, links = {}, texts = {} }: Layer): Blob {
  const file = join(folder, "layer.tar");
  const trees = { followed: join(folder, "followed"), kept: join(folder, "kept") };
  for (const tree of Object.values(trees)) mkdirSync(tree);
  // Nothing is copied before tar does: it follows these links.
  for (const [path, source] of Object.entries(from)) link(join(trees.followed, path), source);
  for (const [path, target] of Object.entries(links)) link(join(trees.kept, path), target);
  for (const [path, text] of Object.entries(texts)) {
    mkdirSync(dirname(join(trees.kept, path)), { recursive: true });
    writeFileSync(join(trees.kept, path), text);
  }
  const asRoot = ["--sort=name", "--mtime=@0", "--numeric-owner", "--owner=0", "--group=0", "--mode=a+rX"];
  execFileSync("tar", ["-chf", file, ...asRoot, "-C", trees.followed, "."]);
  execFileSync("tar", ["-rf", file, ...asRoot, "-C", trees.kept, "."]);
  for (const tree of Object.values(trees)) rmSync(tree, { recursive: true });
  const hash = hashOf(file);
  const { size } = statSync(file);
  renameSync(file, join(blobs, hash));
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest: `sha256:${hash}`, size };
}

/** Of a file that may be larger than what fits into memory at once. */
function hashOf(file: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.alloc(2 ** 20);
  const input = openSync(file, "r");
  for (let size = readSync(input, chunk); size > 0; size = readSync(input, chunk)) {
    hash.update(chunk.subarray(0, size));
  }
  closeSync(input);
  return hash.digest("hex");
}

function link(path: string, target: string): void {
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path);
}

/** The shared libraries of programs, with the loader, as layer.from wants them. */
export function librariesOf(programs: readonly string[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const program of programs) {
    // A program in which all is linked has none, of which ldd says so by its exit code.
    if (!isDynamic(program)) continue;
    const output = execFileSync("ldd", [program], { encoding: "utf8" });
    for (const [, path] of output.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)) {
      if (path !== undefined) found[path.slice(1)] = path;
    }
  }
  return found;
}

/** Whether an ELF file names a loader (elf(5), PT_INTERP). */
function isDynamic(program: string): boolean {
  const head = Buffer.alloc(4096);
  const file = openSync(program, "r");
  readSync(file, head);
  closeSync(file);
  return head.includes("/ld-linux");
}
