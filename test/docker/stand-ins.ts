import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findNpm } from "@envoy-mesh-lab/bootstrap";
import { ensurePrograms, progressPrinter } from "@envoy-mesh-lab/mesh";
import type { Docker } from "./docker.ts";
import { nodeImage } from "./upstream-images.ts";

/*
 * Images that stand in for the upstream ones where no registry can be reached. Each holds the native part on a Debian
 * base and has the name that compose.yaml or the Dockerfile uses, so that both are tested as they are.
 */

const base = "envoy-mesh-lab-test/base";

/** Debian packages that the base holds, with all that they depend on: a shell, and what Node and Envoy link with. */
const packages = ["bash", "coreutils", "dash", "grep", "libstdc++6"];

// biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query fills these in.
const dependencies = "${db:Status-Status}, ${Depends}, ${Pre-Depends}";

/** Whether they can be built here: the base is made of the packages of a Debian or Ubuntu. */
export function canBuildStandIns(): boolean {
  return spawnSync("dpkg-query", ["--version"]).status === 0;
}

/**
 * Builds all of them.
 *
 * @param images their names, by the native program that is in them.
 * @param folder an empty one to work in.
 */
export async function buildStandIns(
  docker: Docker,
  images: Readonly<Record<string, string>>,
  folder: string,
): Promise<void> {
  const printer = progressPrinter(process.stderr);
  const programs = await ensurePrograms(["envoy", "otelcol-contrib", "tempo"], {
    onProgress: printer.onProgress,
  }).finally(printer.end);
  await importBase(docker, folder);
  const build: Build = async (tag, files, lines) => {
    const context = mkdtempSync(join(folder, "context-"));
    for (const [name, source] of Object.entries(files)) {
      execFileSync("cp", ["-a", source, join(context, name)]);
    }
    writeFileSync(join(context, "Dockerfile"), [`FROM ${base}`, ...lines].join("\n"));
    await docker.run("build", "--quiet", "--tag", tag ?? "", context);
  };
  await build(images.envoy, { envoy: programs.envoy.path }, [
    "COPY envoy /usr/local/bin/",
    'ENTRYPOINT ["envoy"]',
  ]);
  await build(images["otelcol-contrib"], { otelcol: programs["otelcol-contrib"].path }, [
    "COPY otelcol /otelcol-contrib",
    "USER 10001:10001",
    'ENTRYPOINT ["/otelcol-contrib"]',
  ]);
  await build(images.tempo, { tempo: programs.tempo.path }, [
    "COPY tempo /tempo",
    // As upstream: a new volume takes over its owner from here.
    "RUN mkdir -p /var/tempo && chown 10001:10001 /var/tempo",
    "USER 10001:10001",
    'ENTRYPOINT ["/tempo"]',
  ]);
  await buildNode(build, folder);
}

type Build = (tag: string | undefined, files: Record<string, string>, lines: string[]) => Promise<void>;

/** The image that the Dockerfile of the services starts from, with the Node and the npm that run this. */
async function buildNode(build: Build, folder: string): Promise<void> {
  const npm = findNpm();
  const { settings, authorities } = npmSettings(npm, folder);
  await build(
    nodeImage(),
    { node: process.execPath, npm: join(npm, "..", ".."), npmrc: settings, "authorities.pem": authorities },
    [
      "COPY node /usr/local/bin/",
      "COPY npm /usr/local/lib/node_modules/npm",
      "COPY npmrc /usr/local/etc/npmrc",
      "COPY authorities.pem /usr/local/etc/",
      "ENV NODE_EXTRA_CA_CERTS=/usr/local/etc/authorities.pem",
      "RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \\",
      " && echo 'node:x:1000:1000::/home/node:/bin/bash' >> /etc/passwd && echo 'node:x:1000:' >> /etc/group \\",
      " && mkdir -p /home/node && chown 1000:1000 /home/node",
    ],
  );
}

/**
 * Where this machine gets its packages from, and whom it trusts for that: `npm ci` in an image of its own has no other
 * way to know. The image is never published.
 */
function npmSettings(npm: string, folder: string): { settings: string; authorities: string } {
  const registry = execFileSync(process.execPath, [npm, "config", "get", "registry"], { encoding: "utf8" });
  const settings = join(folder, "npmrc");
  writeFileSync(settings, `registry=${registry.trim()}\n`);
  const authorities = join(folder, "authorities.pem");
  const own = process.env.NODE_EXTRA_CA_CERTS;
  writeFileSync(authorities, own ? readFileSync(own) : "");
  return { settings, authorities };
}

/** Makes the base from the files of this machine's own packages, which are listed relative to /. */
async function importBase(docker: Docker, folder: string): Promise<void> {
  const root = join(folder, "base");
  // Before the files: /bin and the like are links to what is in /usr.
  for (const path of ["etc", "root", "tmp", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64"]) {
    mkdirSync(join(root, path), { recursive: true });
  }
  const list = join(folder, "files");
  writeFileSync(list, filesOf(withDependencies(packages)).join("\n"));
  const files = join(folder, "files.tar");
  execFileSync("tar", ["-cf", files, "-C", "/", "--no-recursion", "-T", list]);
  execFileSync("tar", ["-xf", files, "-C", root, "--keep-directory-symlink"]);
  writeFileSync(join(root, "etc", "passwd"), "root:x:0:0:root:/root:/bin/bash\n");
  writeFileSync(join(root, "etc", "group"), "root:x:0:\n");
  chmodSync(join(root, "tmp"), 0o1777);
  const tar = join(folder, "base.tar");
  execFileSync("tar", ["-cf", tar, "-C", root, "."]);
  await docker.run("import", tar, base);
}

function withDependencies(names: readonly string[]): string[] {
  const found = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    const query = spawnSync("dpkg-query", ["--show", "--showformat", dependencies, name], {
      encoding: "utf8",
    });
    // An alternative that is not installed, or a virtual package; what is needed of it is there under another name.
    if (!query.stdout.startsWith("installed,") || found.has(name)) {
      continue;
    }
    found.add(name);
    queue.push(
      ...query.stdout
        .split(/[,|]/)
        .slice(1)
        .map((it) => it.trim().split(/[\s:]/)[0] ?? "")
        .filter((it) => it !== "" && it !== "debconf"),
    );
  }
  return [...found];
}

function filesOf(names: readonly string[]): string[] {
  const listed = execFileSync("dpkg-query", ["-L", ...names], { encoding: "utf8" }).split("\n");
  const isWanted = (file: string) =>
    file.startsWith("/") && file !== "/." && !file.startsWith("/usr/share/") && existsSync(file);
  return [...new Set(listed.filter(isWanted))].sort().map((file) => file.slice(1));
}
