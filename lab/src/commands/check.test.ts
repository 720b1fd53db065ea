import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { recordedFolder, samples } from "@envoy-mesh-lab/trace/testing";

const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(folder, { recursive: true }));

/** A file with this content, in a folder that goes with the tests. */
function fileOf(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

/** Runs `lab check` as a user does. */
function check(...args: string[]) {
  const run = spawnSync(process.execPath, ["lab/main.ts", "check", ...args], {
    cwd: repoRoot,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
  });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}
const recorded = (name: string) => join(recordedFolder, `${name}.json`);

test("a file is judged by the rules alone: 0 when nothing was found, 1 when something was", () => {
  const whole = check("--from", recorded("whole"));
  assert.deepEqual([whole.code, whole.stderr], [0, ""]);
  assert.match(whole.stdout, /✔ 11 spans, and no rule found anything/);
  const broken = check("--from", recorded("injected-early"));
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /gateway +CLIENT .* ◀ 1\n/);
  assert.match(broken.stdout, /1\. hop\.sibling {2}gateway CLIENT > gateway-proxy outbound SERVER\n +seen: /);
});

test("a file of several traces begins with a summary", () => {
  const run = check("--from", recorded("half-sampled"));
  assert.equal(run.code, 1);
  assert.match(
    run.stdout,
    /^12 traces, 92 spans: 4 clean, 8 with findings\n {2}sampling\.mixed +1 {2}error\n/,
  );
});

test("with --expect there is a checklist; with --ignore a code is not reported", () => {
  const whole = check("--from", recorded("whole"), "--expect", "expected-hops.yaml");
  assert.equal(whole.code, 0, whole.stdout + whole.stderr);
  assert.match(whole.stdout, /✔ one RPC through the whole mesh: 14 of 14 as expected/);
  const expect = fileOf("expected.yaml", "name: it is retried\nfindings: { must: [retry.hidden] }\n");
  assert.equal(check("--from", recorded("retried"), "--expect", expect).code, 0);
  const other = check("--from", recorded("whole"), "--expect", expect);
  assert.equal(other.code, 1);
  assert.match(
    other.stdout,
    /✘ the finding retry\.hidden {2}\(findings\.must\[0\], line 2\)\n +seen: only traces without/,
  );
  assert.equal(check("--from", recorded("retried"), "--ignore", "retry.hidden").code, 0);
});

test("--json, --junit and --github", () => {
  const json = check("--from", recorded("retried"), "--json");
  assert.equal(json.code, 1);
  assert.deepEqual(JSON.parse(json.stdout).counts, { "retry.hidden": 1 });
  const junit = join(folder, "check.xml");
  const github = check("--from", recorded("retried"), "--junit", junit, "--github");
  assert.match(github.stdout, /^::warning title=retry\.hidden%3A gateway-proxy outbound SERVER > /);
  assert.match(readFileSync(junit, "utf8"), /<testsuites name="trace check" tests="1" failures="1">/);
  assert.equal(check("--from", recorded("whole"), "--github").stdout, "");
  assert.match(check("--from", recorded("whole"), "--junit", "-").stdout, /^<\?xml/);
});

test("2 when the rest is clean and a part could not be read; other signals in the file are no part of it", () => {
  const whole = readFileSync(join(samples, "five-calls", "collector-file.jsonl"), "utf8");
  const broken = check("--from", fileOf("broken.jsonl", `${whole}{"resourceSpans": [}\n`));
  assert.match(broken.stderr, /broken\.jsonl:51 .* is broken/);
  assert.match(broken.stdout, /5 clean/);
  assert.equal(broken.code, 2);
  assert.equal(check("--from", join(folder, "broken.jsonl"), "--follow", "1s").code, 2);
  const signals = check("--from", fileOf("signals.jsonl", `${whole}{"resourceLogs": []}\n`));
  assert.match(signals.stderr, /which is logs, and not traces/);
  assert.equal(signals.code, 0);
});

test("2 when it could not look, with what is wrong and where", () => {
  const cases: [string[], RegExp][] = [
    [["--from", "nowhere.json"], /nowhere\.json/],
    [["--from", fileOf("no.json", "{")], /no\.json/],
    [["--from", mkdtempSync(join(folder, "bare-"))], /bare-\w+: it holds no span/],
    [["--from", "-"], /standard input: it holds no span/],
    [["--from", fileOf("empty.json", '{"resourceSpans":[]}')], /empty\.json.*no span/],
    [
      ["--from", recorded("whole"), "--expect", fileOf("bad.yaml", "name: x\nhops: 3\n")],
      /bad\.yaml:2: hops: /,
    ],
    [["--from", recorded("whole"), "--junit", join(recorded("whole"), "check.xml")], /cannot write/],
    [["--from", recorded("whole"), "--ignore", "retry.hiden"], /"retry\.hiden" is no code of a finding/],
    // Nothing listens on port 9, and no mesh has that name.
    [["--tempo", "http://127.0.0.1:9", "0af7651916cd43dd8448eb211c80319c"], /cannot reach Tempo/],
    [["--tempo", "http://127.0.0.1:9", "--since", "5m"], /cannot reach Tempo/],
    [["--project-name", "no-such-mesh"], /the mesh no-such-mesh does not run/],
    [["--from", recorded("whole"), "0af7651916cd43dd8448eb211c80319c"], /no span of trace 0af7/],
  ];
  for (const [args, words] of cases) {
    const run = check(...args);
    assert.match(run.stderr, words);
    assert.equal(run.code, 2, args.join(" "));
  }
});
