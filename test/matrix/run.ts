/**
 * Runs the packed package with every set of releases that it says it takes, each in a fresh project, and compiles against its
 * types with each TypeScript: `npm run matrix`. It needs the registry of npm, and takes some minutes.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packPackage } from "@envoy-mesh-lab/otelconnect/packaging";
import { compile, typescriptPackage } from "./compile.ts";
import { createFreshProject } from "./fresh-project.ts";
import { allCells, describeCell, ends, releases } from "./releases.ts";
import { runCell, ways } from "./run-cell.ts";

let passed = 0;
let failed = 0;

/** Tries one thing, and says how it went. */
async function attempt(what: string, act: () => Promise<string>): Promise<void> {
  try {
    console.log(`✔ ${what}: ${await act()}`);
    passed++;
  } catch (error) {
    const { message, stdout = "" } = error as Error & { stdout?: string };
    console.log(`✖ ${what}\n${message}\n${stdout}`);
    failed++;
  }
}

const temporary = await mkdtemp(join(tmpdir(), "otelconnect-pack-"));
try {
  const tarball = await packPackage(temporary);
  const cells = allCells();
  for (const connect of releases.connect) {
    for (const sdk of releases.sdk) {
      await attempt(`npm installs Connect ${connect} with SDK ${sdk.version}`, async () => {
        const project = await createFreshProject(tarball, connect, sdk);
        try {
          for (const cell of cells.filter((it) => it.connect === connect && it.sdk === sdk)) {
            for (const way of ways) {
              await attempt(`${describeCell(cell)}, ${way}`, () => runCell(project, cell, way));
            }
          }
        } finally {
          await project.remove();
        }
        return "its peers fit";
      });
    }
  }
  for (const [end, { connect, sdk }] of Object.entries(ends)) {
    await attempt(`npm installs the ${end} peers with each TypeScript`, async () => {
      const more = ["@types/node@22", ...releases.typescript.map(typescriptPackage)];
      const project = await createFreshProject(tarball, connect, sdk, more);
      try {
        for (const version of releases.typescript) {
          await attempt(`TypeScript ${version} with the ${end} peers`, () => compile(project, version));
        }
      } finally {
        await project.remove();
      }
      return "installed";
    });
  }
} finally {
  await rm(temporary, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
