// Says whether gen/ in a folder is what `buf generate` makes of the contracts there: node up-to-date.ts FOLDER
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const [folder = "."] = process.argv.slice(2);
const fresh = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
try {
  const run = (program: string, args: string[]) => {
    const { status, error, stdout, stderr } = spawnSync(program, args, { cwd: folder, encoding: "utf8" });
    if (error) throw error;
    if (status !== 0) {
      console.log(`${stdout}${stderr}`.replaceAll(fresh, "fresh"));
      process.exitCode = 1;
    }
    return status === 0;
  };
  if (run("buf", ["generate", "--output", fresh])) run("diff", ["-r", "-q", "gen", join(fresh, "gen")]);
} finally {
  rmSync(fresh, { recursive: true });
}
