import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const workspace = fileURLToPath(new URL("..", import.meta.url));
const root = join(workspace, "..", "..");

/** What a command did. */
export interface CommandResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** The package as npm packs it, and an empty project that has it installed. */
export interface PublishedProject {
  readonly tarball: string;
  readonly folder: string;
  /** Runs a binary of the repository in the project. @throws with its output when it fails. */
  exec(binary: string, ...args: string[]): Promise<CommandResult>;
  remove(): Promise<void>;
}

/** npm and what it starts use the Node that runs this. */
const env = {
  ...process.env,
  PATH: [dirname(process.execPath), join(root, "node_modules/.bin"), process.env.PATH].join(delimiter),
};

/** What a user installs beside the package; here it is what the repository has installed. */
const besides = ["@connectrpc", "@opentelemetry", "@bufbuild", "@types", "express", "fastify", "pino"];

/**
 * Packs a copy of the workspace, so that nothing moves in the repository while other tests use it.
 *
 * @param temporary an empty folder for the copy and the tarball
 * @returns the path of the tarball
 */
export async function packPackage(temporary: string): Promise<string> {
  const copy = join(temporary, "packages", "otelconnect");
  for (const part of [
    "package.json",
    "tsconfig.build.json",
    "tsconfig.cjs.json",
    "README.md",
    "LICENSE",
    "src",
    "packaging",
  ]) {
    await cp(join(workspace, part), join(copy, part), { recursive: true });
  }
  await cp(join(root, "tsconfig.json"), join(temporary, "tsconfig.json"));
  await symlink(join(root, "node_modules"), join(temporary, "node_modules"));
  await run("npm", ["pack", "--pack-destination", temporary], { cwd: copy, env });
  const { name, version } = JSON.parse(await readFile(join(copy, "package.json"), "utf8"));
  return join(temporary, `${name.replace("@", "").replace("/", "-")}-${version}.tgz`);
}

/** Packs the package, and installs the tarball into an empty project, beside what the repository has installed. */
export async function createPublishedProject(): Promise<PublishedProject> {
  const temporary = await mkdtemp(join(tmpdir(), "otelconnect-"));
  const tarball = await packPackage(temporary);

  const folder = join(temporary, "project");
  await mkdir(folder);
  await writeFile(join(folder, "package.json"), '{ "private": true, "type": "module" }\n');
  // Without the peers there is nothing to fetch, so this needs no network.
  await run("npm", ["install", tarball, "--ignore-scripts", "--legacy-peer-deps", "--offline"], {
    cwd: folder,
    env,
  });
  for (const name of besides) {
    await symlink(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return {
    tarball,
    folder,
    exec: (binary, ...args) => run(binary, args, { cwd: folder, env }),
    remove: () => rm(temporary, { recursive: true, force: true }),
  };
}
