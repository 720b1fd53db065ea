// Says whether the .proto files break anyone who uses them as they are on the main branch: npm run breaking [REVISION].
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

/** Exit code when there is nothing to compare with. */
const nothing = 2;

/**
 * What to compare with: where this branch left the main branch. On the main branch itself, what is committed when the
 * contracts are changed and not yet committed, else the commit before.
 */
function baseRevision(): string | undefined {
  const head = git("rev-parse", "--verify", "--quiet", "HEAD^{commit}");
  for (const main of ["origin/main", "main"]) {
    const base = git("merge-base", main, "HEAD");
    if (base !== undefined && base !== head) {
      return base;
    }
  }
  const isChanged = git("status", "--porcelain", "--", "buf.yaml", "proto") !== "";
  return isChanged ? head : git("rev-parse", "--verify", "--quiet", "HEAD^");
}

const wanted = process.argv[2];
const base =
  wanted === undefined ? baseRevision() : git("rev-parse", "--verify", "--quiet", `${wanted}^{commit}`);
if (base === undefined) {
  console.error(
    wanted === undefined
      ? "There is nothing to compare with: this is no git repository, or a clone without its history.\n  Get the history with `git fetch --unshallow origin main`, or name a revision: npm run breaking -- REVISION"
      : `git knows no revision "${wanted}".\n  Name a commit, a branch or a tag.`,
  );
  process.exit(nothing);
}

const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
try {
  const archive = join(scratch, "base.tar");
  execFileSync("git", ["archive", "--output", archive, base, "buf.yaml", "proto"]);
  const buf = spawnSync(join("node_modules", ".bin", "buf"), ["breaking", "--against", archive], {
    stdio: "inherit",
  });
  console.log(
    `${buf.status === 0 ? "Nothing breaks" : "The above breaks"} for those who use the contracts of commit ${base.slice(0, 12)}.`,
  );
  process.exitCode = buf.status === 0 ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true });
}
