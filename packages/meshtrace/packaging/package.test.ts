import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { after, before, suite, test } from "node:test";
import { promisify } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { recordedFolder, samples } from "@envoy-mesh-lab/trace/testing";
import type { Packed } from "./packed.ts";
import { pack } from "./packed.ts";

const run = promisify(execFile);

/** What the installed package may take on disk, in bytes. */
const sizeLimit = 10e6;

let packed: Packed;
const elsewhere = mkdtempSync(join(tmpdir(), "meshtrace-"));

/** The Nodes that are tried, by their major version: that of the tests, and an older one of this machine's where there is one. */
const nodes = new Map([[process.versions.node.split(".")[0] as string, process.execPath]]);
for (const folder of [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"]) {
  const node = join(folder, "node");
  if (!existsSync(node)) continue;
  const [, major] = /^v(\d+)\./.exec(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout) ?? [];
  if (Number(major) >= 20 && !nodes.has(major as string)) nodes.set(major as string, node);
}

before(async () => {
  packed = await pack();
});
after(() => {
  packed.remove();
  rmSync(elsewhere, { recursive: true, force: true });
});

/** Bytes of all files below a folder. */
function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .reduce((sum, it) => sum + statSync(join(it.parentPath, it.name)).size, 0);
}

for (const [major, node] of nodes) {
  suite(`the packed program on Node ${major}`, () => {
    const folder = join(elsewhere, `empty-${major}`);
    const bin = join(folder, "node_modules", ".bin", "meshtrace");
    const env = { ...process.env, PATH: `${dirname(node)}${delimiter}/usr/bin${delimiter}/bin` };
    const meshtrace = (...args: string[]) => spawnSync(bin, args, { cwd: folder, encoding: "utf8", env });

    test("from an empty folder to a verdict", async (context) => {
      mkdirSync(folder);
      cpSync(join(recordedFolder, "injected-early.json"), join(folder, "traces.json"));
      const start = performance.now();
      const args = ["install", packed.tarball, "--offline", "--no-audit", "--no-fund"];
      await run("npm", args, { cwd: folder, env });
      const { status, stdout, stderr } = meshtrace("check", "traces.json");
      context.diagnostic(`installed and judged in ${((performance.now() - start) / 1000).toFixed(1)} s`);
      assert.deepEqual([status, stderr], [1, ""]);
      assert.match(stdout, /1\. hop\.sibling {2}gateway CLIENT > gateway-proxy outbound SERVER/);
    });

    test("its assertions judge the spans of a unit test", () => {
      const unit = join(folder, "unit.mjs");
      writeFileSync(
        unit,
        `import { assertClean, assertHops, InMemoryTraces, matchers } from "@envoy-mesh-lab/meshtrace/assert";
        const traces = new InMemoryTraces();
        const span = (spanId, parent) => ({
          name: "a call", kind: 1, attributes: {}, events: [], links: [], status: { code: 0 },
          startTime: [1700000000, 0], endTime: [1700000000, 9], instrumentationScope: { name: "app" },
          resource: { attributes: { "service.name": "cafe" } }, parentSpanContext: parent && { spanId: parent },
          spanContext: () => ({ traceId: "1".repeat(32), spanId: spanId.repeat(16) }),
        });
        traces.export([span("a")], () => {});
        await assertClean(traces);
        await assertHops(traces, [{ service: "cafe", kind: "server" }]);
        traces.export([span("b", "f".repeat(16))], () => {});
        console.log((await matchers.toBeClean(traces)).message());`,
      );
      const { status, stdout, stderr } = spawnSync(node, [unit], { cwd: folder, encoding: "utf8", env });
      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, /1\. span\.missing-parent/);
    });

    test("it is small, has all in it, and says whose that is", (context) => {
      const modules = join(folder, "node_modules");
      const size = sizeOf(modules);
      context.diagnostic(`${(size / 1e6).toFixed(1)} MB`);
      assert.ok(size <= sizeLimit, `${size} bytes`);
      const installed = readdirSync(modules).filter((it) => !it.startsWith("."));
      assert.deepEqual(installed, ["@envoy-mesh-lab"]);
      const own = join(modules, "@envoy-mesh-lab", "meshtrace");
      assert.deepEqual(readdirSync(own).sort(), ["LICENSE", "README.md", "dist", "package.json"]);
      const manifest = JSON.parse(readFileSync(join(own, "package.json"), "utf8"));
      for (const key of ["dependencies", "devDependencies", "scripts", "private"]) {
        assert.equal(manifest[key], undefined, key);
      }
      const licenses = readFileSync(join(own, "dist", "THIRD-PARTY-LICENSES.txt"), "utf8");
      for (const name of ["commander", "echarts", "yaml", "zod", "zrender"]) {
        assert.match(licenses, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
      }
    });

    test("every command does what it does in the repository", () => {
      const plain = join(samples, "delays", "plain.jsonl");
      const fault = join(samples, "delays", "fault-50ms.jsonl");
      const commands = [
        ["--version"],
        ["check", plain, fault, "--junit", "-"],
        ["check", plain, "--expect", join(repoRoot, "expected-hops.yaml")],
        ["trace", plain, "--why"],
        ["traces", plain],
        ["compare", plain, "--against", fault, "--html", "report.html"],
        ["compare", plain, fault, "--against", "similar"],
        ["compare", plain, "--explain"],
        ["completion", "fish"],
      ];
      for (const args of commands) {
        const installed = meshtrace(...args);
        const main = join(repoRoot, "packages/meshtrace/main.ts");
        const own = spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8", env });
        assert.ok((own.status ?? 99) < 2 && own.stdout.length > 0, own.stderr);
        assert.deepEqual(
          [installed.stdout, installed.stderr, installed.status],
          [own.stdout, own.stderr, own.status],
          args.join(" "),
        );
      }
      assert.match(readFileSync(join(folder, "report.html"), "utf8"), /^<!doctype html>/);
    });
  });
}

test("an old Node and the newest are tried", { skip: nodes.size > 1 ? false : "no Node 20 here" }, () => {
  assert.ok(nodes.size > 1);
});
