import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

const run = promisify(execFile);

/** The package as npm packs it. */
export interface Packed {
  /** In a folder that has node_modules, so that no project may be made below it: npm would take that one's. */
  readonly tarball: string;
  remove(): void;
}

/** Packs a copy of the workspace, so that nothing moves in the repository while other tests use it. */
export async function pack(): Promise<Packed> {
  const temporary = mkdtempSync(join(tmpdir(), "meshtrace-packed-"));
  const copy = join(temporary, "packages", "meshtrace");
  cpSync(join(repoRoot, "packages", "meshtrace"), copy, {
    recursive: true,
    filter: (it) => !/\/(dist|node_modules)$/.test(it),
  });
  symlinkSync(join(repoRoot, "node_modules"), join(temporary, "node_modules"));
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}` };
  await run("npm", ["pack", "--pack-destination", temporary], { cwd: copy, env });
  const name = readdirSync(temporary).find((it) => it.endsWith(".tgz")) as string;
  return {
    tarball: join(temporary, name),
    remove: () => rmSync(temporary, { recursive: true, force: true }),
  };
}
