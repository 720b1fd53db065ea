import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import * as published from "@opentelemetry/semantic-conventions/incubating";
import { instrumentName } from "./instruments.ts";
import * as ours from "./semconv.ts";
import { scope } from "./settings.ts";

test("every copied key is what @opentelemetry/semantic-conventions has under that name", () => {
  for (const [name, value] of Object.entries(ours)) {
    const original = (published as Readonly<Record<string, unknown>>)[name];
    if (typeof value === "function") {
      assert.equal(typeof original, "function", name);
      assert.equal(value("x"), (original as typeof value)("x"), name);
    } else {
      assert.equal(value, original, name);
    }
  }
});

test("instruments are named as in @opentelemetry/semantic-conventions", () => {
  for (const side of ["client", "server"] as const) {
    for (const measured of [
      "call.duration",
      "request.size",
      "response.size",
      "requests_per_rpc",
      "responses_per_rpc",
    ] as const) {
      const name = `METRIC_RPC_${side}_${measured}`.toUpperCase().replaceAll(".", "_");
      const original = (published as Readonly<Record<string, unknown>>)[name];
      assert.equal(instrumentName(side, measured), original, name);
    }
  }
});

test("the instrumentation scope is this package", async () => {
  const manifest = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
  assert.deepEqual(scope, { name: manifest.name, version: manifest.version });
});
