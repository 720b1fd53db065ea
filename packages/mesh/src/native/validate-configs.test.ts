import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, test } from "node:test";
import type { LabError } from "@envoy-mesh-lab/trace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { programRules } from "./program-rules.ts";
import { partPlan } from "./testing/plan-input.ts";
import { problemLines, validateConfigs } from "./validate-configs.ts";

suite("validateConfigs", () => {
  test("shows the program's own line about the user's file, and keeps no copy", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "lab-check-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    // Stands for Envoy: refuses a configuration that says "bad".
    const program = join(folder, "envoy");
    await writeFile(
      program,
      '#!/bin/sh\n[ "$3 $4" = "--mode validate" ] || exit 9\necho starting\nif grep -q bad "$2"; then echo "error in $2: no such field" >&2; exit 1; fi\n',
    );
    await chmod(program, 0o755);
    const candidate = join(folder, "candidate");
    const part = (name: string, text: string) => {
      const path = join(candidate, name, "envoy.yaml");
      const configs = [{ path, source: `/repo/envoy/${name}.yaml`, text }];
      return partPlan({
        name,
        program: "envoy",
        argv: [program, "-c", path],
        configs,
        cwd: folder,
        env: { PATH: process.env.PATH ?? "" },
      });
    };
    await validateConfigs([part("edge", "good"), partPlan({ name: "app" })], candidate);
    await assert.rejects(
      validateConfigs([part("edge", "good"), part("gateway", "bad")], candidate),
      (error: LabError) => {
        assert.equal(error.exitCode, ExitCode.configRejected);
        assert.match(
          error.message,
          /^envoy rejects the configuration of gateway \(.*envoy\/gateway\.yaml\):\n {2}error in \/repo\/envoy\/gateway\.yaml: no such field$/,
        );
        return true;
      },
    );
    assert.equal(existsSync(candidate), false);
  });
});

suite("problemLines", () => {
  const copies = [{ path: "/state/a.yaml", source: "/repo/a.yaml" }];

  test("takes what begins with an error, each line once", () => {
    const output =
      "loading\n[critical] error: /state/a.yaml\n[critical] error: /state/a.yaml\n  line 2: no field b\n";
    assert.deepEqual(problemLines(output, copies), ["[critical] error: /repo/a.yaml", "line 2: no field b"]);
  });

  test("takes the last lines when none tells", () => {
    assert.deepEqual(problemLines("a\n\n  b\n", copies), ["a", "b"]);
  });
});

suite("the arguments that check a configuration", () => {
  const args = (program: string) => programRules.get(program)?.validateArgs?.(["--config=x"]);

  test("are each program's own", () => {
    assert.deepEqual(args("envoy"), ["--config=x", "--mode", "validate"]);
    assert.deepEqual(args("otelcol-contrib"), ["validate", "--config=x"]);
    assert.deepEqual(args("tempo"), ["--config=x", "-config.verify=true"]);
    assert.equal(args("node"), undefined);
  });
});
