import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { packPackage } from "@envoy-mesh-lab/otelconnect/packaging";
import { compile, typescriptPackage } from "./compile.ts";
import { createFreshProject } from "./fresh-project.ts";
import { describeCell, ends, releases } from "./releases.ts";
import { runCell, ways } from "./run-cell.ts";

let temporary: string;
let tarball: string;
before(async () => {
  temporary = await mkdtemp(join(tmpdir(), "otelconnect-pack-"));
  tarball = await packPackage(temporary);
});
after(() => rm(temporary, { recursive: true, force: true }));

for (const [end, cell] of Object.entries(ends)) {
  // Between the two ends, `npm run matrix` has the rest.
  const version = end === "oldest" ? releases.typescript[0] : releases.typescript[3];
  test(`otelconnect works with ${describeCell(cell)}, and TypeScript ${version} reads its types`, async (t) => {
    const more = ["@types/node@22", typescriptPackage(version)];
    const project = await createFreshProject(tarball, cell.connect, cell.sdk, more);
    try {
      for (const way of ways) {
        const counted = await runCell(project, cell, way);
        t.diagnostic(`${way}: ${counted}`);
        assert.match(counted, /^32 calls, 64 spans$/);
      }
      await compile(project, version);
    } finally {
      await project.remove();
    }
  });
}
