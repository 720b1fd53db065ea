import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { before, suite, test } from "node:test";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { ensurePrograms } from "../programs/index.ts";
import type { ComposeSource } from "./read-compose.ts";
import { readCompose, readStderr } from "./read-compose.ts";

let program = "";
before(async () => {
  program = (await ensurePrograms(["compose-model"]))["compose-model"].path;
});

async function load(t: TestContext, files: Record<string, string>, rest: Partial<ComposeSource> = {}) {
  const cwd = await mkdtemp(join(tmpdir(), "lab-compose-"));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(cwd, name), text);
  }
  return readCompose({ program, files: [], cwd, env: { PATH: process.env.PATH }, ...rest });
}

suite("readCompose", () => {
  test("merges files, interpolates from the environment and .env, and reads env_file", async (t) => {
    const { project, files } = await load(
      t,
      {
        ".env": "FROM_DOTENV=dotenv\nBOTH=dotenv\n",
        "app.env": "FILE=1\n",
        "compose.yaml":
          "name: mesh\nservices:\n  a:\n    image: x\n    env_file: app.env\n    command: run 'two words'\n" +
          `    environment: { A: "$FROM_DOTENV", B: "$BOTH", C: "\${NONE:-default}", GIVEN: , KEPT: old }\n` +
          "    healthcheck: { test: exit 0, interval: 1m30s }\n",
        "compose.override.yaml": "services:\n  a:\n    environment: { KEPT: new }\n",
      },
      { env: { BOTH: "shell", GIVEN: "given" } },
    );
    assert.equal(project.name, "mesh");
    assert.equal(files.length, 2);
    const { a } = project.services;
    assert.deepEqual(a?.environment, {
      A: "dotenv",
      B: "shell",
      C: "default",
      GIVEN: "given",
      KEPT: "new",
      FILE: "1",
    });
    assert.deepEqual(a?.command, ["run", "two words"]);
    assert.deepEqual([a?.healthcheck?.test, a?.healthcheck?.interval], [["CMD-SHELL", "exit 0"], 90_000]);
  });

  test("honours profiles and the project's name", async (t) => {
    const files = { "compose.yaml": "services:\n  a: { image: x }\n  b: { image: x, profiles: [extra] }\n" };
    assert.deepEqual(Object.keys((await load(t, files)).project.services), ["a"]);
    const { project } = await load(t, files, { profiles: ["extra"], projectName: "other" });
    assert.deepEqual([project.name, Object.keys(project.services)], ["other", ["a", "b"]]);
    const byEnv = await load(t, files, { env: { COMPOSE_PROFILES: "extra", COMPOSE_PROJECT_NAME: "env" } });
    assert.deepEqual([byEnv.project.name, Object.keys(byEnv.project.services)], ["env", ["a", "b"]]);
  });

  test("passes on warnings", async (t) => {
    const { warnings } = await load(t, { "compose.yaml": 'services:\n  a: { image: "x$MISSING" }\n' });
    assert.deepEqual(warnings, ['The "MISSING" variable is not set. Defaulting to a blank string.']);
  });

  test("refuses a broken file in compose-go's own words", async (t) => {
    const broken: [string, RegExp][] = [
      ["services: [", /did not find expected/],
      ["services:\n  a: { imge: x }\n", /services\.a\.imge/],
      ["services:\n  a: { image: x, depends_on: [b] }\n", /depends on undefined service "b"/],
      [
        "services:\n  a: { image: x, depends_on: [b] }\n  b: { image: x, depends_on: [a] }\n",
        /dependency cycle/,
      ],
      [`services:\n  a: { image: "\${NEEDED:?say it}" }\n`, /NEEDED is missing a value: say it/],
    ];
    for (const [text, message] of broken) {
      await assert.rejects(
        load(t, { "compose.yaml": text }),
        { message, exitCode: ExitCode.composeInvalid },
        text,
      );
    }
  });

  test("names a file that is not there", async (t) => {
    await assert.rejects(load(t, {}, { files: ["none.yaml"] }), {
      message: /none\.yaml/,
      exitCode: ExitCode.usage,
    });
  });

  test("refuses an unsupported setting by service, key and line", async (t) => {
    const files = {
      "compose.yaml": "services:\n  a:\n    image: x\n    network_mode: host\n",
      "other.yaml": "services:\n  a:\n    devices:\n      - /dev/fuse\n",
    };
    await assert.rejects(load(t, files, { files: ["compose.yaml", "other.yaml"] }), (error: Error) => {
      assert.match(error.message, /services\.a\.network_mode \(compose\.yaml:4\): /);
      assert.match(error.message, /services\.a\.devices \(other\.yaml:4\): /);
      return true;
    });
  });

  test("refuses an x-native that it does not know", async (t) => {
    const text = "services:\n  a:\n    image: x\n    x-native:\n      programm: node\n";
    await assert.rejects(load(t, { "compose.yaml": text }), {
      message: /services\.a\.x-native.*compose\.yaml:5.*programm/s,
    });
  });

  test("wants a service", async (t) => {
    const text = "services:\n  a: { image: x, profiles: [p] }\n";
    await assert.rejects(load(t, { "compose.yaml": text }), { message: /no service to run/ });
  });
});

suite("readStderr", () => {
  test("tells warnings from the error", () => {
    const stderr = 'time="2026-01-01T00:00:00Z" level=warning msg="a \\"b\\""\nboth lines\nare one error\n';
    assert.deepEqual(readStderr(stderr), { warnings: ['a "b"'], error: "both lines\nare one error" });
  });
});
