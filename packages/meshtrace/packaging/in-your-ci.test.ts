import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";
import { parse } from "yaml";
import type { Packed } from "./packed.ts";
import { pack } from "./packed.ts";

const page = readFileSync(join(repoRoot, "docs", "in-your-ci.md"), "utf8");
const blocks = (language: string) =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))].map(
    ([, code]) => code as string,
  );

interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

suite("docs/in-your-ci.md, as a stranger follows it", () => {
  let packed: Packed;
  const project = mkdtempSync(join(tmpdir(), "meshtrace-project-"));
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
    npm_config_offline: "true",
    npm_config_audit: "false",
    npm_config_fund: "false",
  };
  /** Runs a script in the project, as CI does: the first command that fails ends it. */
  const run = (script: string, more: NodeJS.ProcessEnv = {}) => {
    const run = spawnSync("bash", ["-e", "-c", script], {
      cwd: project,
      encoding: "utf8",
      env: { ...env, ...more },
      timeout: 120_000,
    });
    return { code: run.status, said: run.stdout + run.stderr };
  };

  before(async () => {
    packed = await pack();
    cpSync(packed.tarball, join(project, basename(packed.tarball)));
    cpSync(join(recordedFolder, "whole.json"), join(project, "traces.json"));
    cpSync(join(recordedFolder, "whole.json"), join(project, "good.json"));
    cpSync(join(repoRoot, "packages/meshtrace/testing/export-spans.mjs"), join(project, "app.mjs"));
    const scripts = { test: "node app.mjs http/protobuf" };
    writeFileSync(join(project, "package.json"), JSON.stringify({ private: true, type: "module", scripts }));
  });
  after(() => {
    packed.remove();
    rmSync(project, { recursive: true, force: true });
  });

  test("every block of shell, in its order", () => {
    for (const [i, script] of blocks("sh").entries()) {
      const { code, said } = run(script);
      assert.equal(code, 0, `${script}\n${said}`);
      // The tests' app needs its libraries, which npm would take away while it installs.
      if (i === 0) {
        const modules = join(project, "node_modules");
        symlinkSync(join(repoRoot, "node_modules/@opentelemetry"), join(modules, "@opentelemetry"));
      }
    }
    assert.match(readFileSync(join(project, "meshtrace.xml"), "utf8"), /<testsuites/);
    assert.ok(existsSync(join(project, "hops.yaml")));
  });

  const shopHops = 'name: what the tests export\nhops: [{ service: "unknown_service:node", kind: server }]\n';

  test("GitLab's job", () => {
    writeFileSync(join(project, "hops.yaml"), shopHops);
    const [{ traces: job }] = blocks("yaml")
      .map((it) => parse(it))
      .filter((it) => it.traces) as [
      { traces: { script: string[]; artifacts: { reports: { junit: string } } } },
    ];
    rmSync(join(project, "meshtrace.xml"));
    const [install, ...others] = job.script;
    assert.match(install as string, /^npm install /);
    const { code, said } = run(others.join("\n"));
    assert.equal(code, 0, said);
    assert.ok(existsSync(join(project, job.artifacts.reports.junit)));
  });

  test("the action's own steps, with the inputs of the workflow", () => {
    writeFileSync(join(project, "hops.yaml"), shopHops);
    const [workflow] = blocks("yaml")
      .map((it) => parse(it))
      .filter((it) => it.jobs);
    const steps = workflow.jobs.traces.steps as Step[];
    const given = steps.find((it) => it.uses?.startsWith("./"))?.with ?? {};
    const act = (inputs: Readonly<Record<string, string>>) => runAction(inputs, project, run);
    const good = act(given);
    assert.equal(good.code, 0, good.said);
    assert.match(good.said, /exported/);

    const { run: _, ...files } = given;
    const broken = join(recordedFolder, "injected-early.json");
    const bad = act({ ...files, expect: "", traces: `traces.json ${broken}` });
    assert.equal(bad.code, 1, bad.said);
    assert.match(bad.said, /^::error .*hop\.sibling/m);
    // A value is never run, whatever it is.
    const hostile = act({ ...files, traces: "$(touch evil) `touch evil`; touch evil" });
    assert.equal(hostile.code, 2, hostile.said);
    assert.ok(!existsSync(join(project, "evil")));
  });
});

/** Runs the steps of action.yml, as the runner does. */
function runAction(
  inputs: Readonly<Record<string, string>>,
  project: string,
  run: (script: string, env: NodeJS.ProcessEnv) => { code: number | null; said: string },
): { code: number | null; said: string } {
  const action = parse(readFileSync(join(repoRoot, "action.yml"), "utf8"));
  for (const name of Object.keys(inputs))
    assert.ok(name in action.inputs, `${name} is no input of the action`);
  const textOf = (text: string) =>
    text.replaceAll(/\$\{\{ inputs\.(\w+) \}\}/g, (_, name) => inputs[name] ?? action.inputs[name].default);
  let said = "";
  for (const step of action.runs.steps as Step[]) {
    const env = Object.fromEntries(Object.entries(step.env ?? {}).map(([key, it]) => [key, textOf(it)]));
    assert.doesNotMatch(step.run as string, /\$\{\{/, "a value in a script would be run");
    const done = run(step.run as string, {
      RUNNER_TEMP: join(project, "runner"),
      GITHUB_ACTION_PATH: repoRoot,
      ...env,
    });
    said += done.said;
    if (done.code !== 0) return { code: done.code, said };
  }
  return { code: 0, said };
}
