import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { gzipSync } from "node:zlib";
import type { Packed } from "@envoy-mesh-lab/meshtrace/packaging";
import { pack } from "@envoy-mesh-lab/meshtrace/packaging";
import { recordedFolder } from "@envoy-mesh-lab/trace/testing";
import { ensureNodeRelease } from "./node-release.ts";
import { npm } from "./npm.ts";

/** The oldest release of Node that the package says it runs on, and the newest that was tested. */
const nodes = ["20.0.0", "26.12.1"];

/** An app without a library: one span, as JSON and packed. */
const app = `
const span = { traceId: "1".repeat(32), spanId: "2".repeat(16), name: "x", kind: 2, startTimeUnixNano: "1760000000000000000", endTimeUnixNano: "1760000000000000009" };
const resource = { attributes: [{ key: "service.name", value: { stringValue: "shop" } }] };
const body = require("node:zlib").gzipSync(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }));
const headers = { "content-type": "application/json", "content-encoding": "gzip" };
fetch(process.env.OTEL_EXPORTER_OTLP_ENDPOINT + "/v1/traces", { method: "POST", headers, body }).then((it) => console.log(it.status));`;

suite("meshtrace as it is packed, on the oldest and the newest Node", () => {
  const folder = mkdtempSync(join(tmpdir(), "meshtrace-nodes-"));
  const main = join(folder, "node_modules/@envoy-mesh-lab/meshtrace/dist/main.js");
  let packed: Packed;
  before(async () => {
    packed = await pack();
    await npm(folder, "install", packed.tarball, "--offline");
    for (const name of ["whole", "injected-early"]) {
      cpSync(join(recordedFolder, `${name}.json`), join(folder, `${name}.json`));
    }
    writeFileSync(join(folder, "whole.json.gz"), gzipSync("{}"));
    writeFileSync(join(folder, "app.cjs"), app);
    writeFileSync(
      join(folder, "unit.mjs"),
      `import { assertClean } from "@envoy-mesh-lab/meshtrace/assert";
      await assertClean([]).catch((error) => console.log(error.name));`,
    );
  });
  after(() => {
    packed.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const version of nodes) {
    test(`every command runs on Node ${version}`, async () => {
      const node = await ensureNodeRelease(version);
      const commands: [string, number, RegExp][] = [
        ["--version", 0, /^meshtrace \d/],
        ["check injected-early.json --html check.html --junit check.xml", 1, /1\. hop\.sibling/],
        ["check whole.json.gz", 2, /^$/],
        ["trace whole.json --why", 0, /gateway-proxy inbound/],
        ["traces whole.json", 0, /CafeService/],
        ["compare whole.json --against injected-early.json --html compare.html", 0, /proxy/],
        ["compare whole.json --explain", 0, /gateway/],
        ["score whole.json", 0, /of 100/],
        ["expect whole.json", 0, /hops:/],
        ["completion bash", 0, /complete/],
        // Nobody is there, so that the way to it is walked.
        [`check ${"1".repeat(32)} --tempo http://127.0.0.1:1`, 2, /^$/],
        ["listen --expect shop.yaml -- node app.cjs", 0, /4 of 4 as expected/],
      ];
      writeFileSync(join(folder, "shop.yaml"), "name: it\nhops: [{ service: shop, kind: server }]\n");
      for (const [words, code, told] of commands) {
        const args = words.replace("-- node", `-- ${node}`).split(" ");
        const run = spawnSync(node, [main, ...args], { cwd: folder, encoding: "utf8", timeout: 60_000 });
        assert.equal(run.status, code, `${words}\n${run.stdout}${run.stderr}`);
        assert.match(run.stdout, told, words);
      }
      const unit = spawnSync(node, ["unit.mjs"], { cwd: folder, encoding: "utf8" });
      assert.match(unit.stdout, /AssertionError/, unit.stderr);
    });
  }
});
