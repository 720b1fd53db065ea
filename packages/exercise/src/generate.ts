import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { filesBelow, writeFiles } from "./files.ts";

/** Where `buf generate` writes to, as the buf.gen.yaml of an exercise says. */
export const generatedFolder = "gen";

const programs = join(repoRoot, "node_modules", ".bin");

/** What was made before, by what it was made of. */
const made = new Map<string, ReadonlyMap<string, string>>();

/**
 * Returns the code that `buf generate` makes of contracts, by its paths. Needs no network: the plugin is a package of the
 * repository.
 *
 * @param contracts The contracts, buf.yaml and buf.gen.yaml, by their paths.
 * @throws {LabError} (exit code `configRejected`) in buf's own words.
 */
export function generate(contracts: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const key = JSON.stringify([...contracts]);
  const known = made.get(key);
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
  try {
    writeFiles(folder, contracts);
    const env = { ...process.env, PATH: [programs, process.env.PATH].join(delimiter) };
    const { error, status, stderr } = spawnSync(join(programs, "buf"), ["generate"], {
      cwd: folder,
      env,
      encoding: "utf8",
    });
    if (error) throw error;
    if (status !== 0) {
      throw new LabError(`buf generates nothing from the exercise's contracts:\n${stderr.trim()}`, {
        exitCode: ExitCode.configRejected,
        hint: "Correct the contracts in the exercise's start/proto or solution/proto.",
      });
    }
    const to = join(folder, generatedFolder);
    const files = new Map(
      filesBelow(to).map((it) => [join(generatedFolder, it), readFileSync(join(to, it), "utf8")]),
    );
    made.set(key, files);
    return files;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
