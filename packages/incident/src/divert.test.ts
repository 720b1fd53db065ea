import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { divertConfig, divertText } from "./divert.ts";

const cases = [
  { file: "envoy/edge.yaml", part: "gateway-proxy", port: 15006 },
  { file: "envoy/gateway.yaml", part: "gateway", port: 8081 },
  { file: "envoy/gateway.yaml", part: "backend-proxy", port: 15106 },
  { file: "envoy/backend.yaml", part: "backend", port: 8082 },
  { file: "envoy/backend.yaml", part: "otel-collector", port: 4317 },
  { file: "otel-collector.yaml", part: "tempo", port: 4327 },
];
for (const { file, part, port } of cases) {
  test(`${file} is sent to ${part} through a relay, and nothing else in it changes`, () => {
    const text = readFileSync(join(repoRoot, file), "utf8");
    const plain = text.split("\n");
    const diverted = divertConfig(text, [{ part, port, relayPort: 29_999 }]).split("\n");
    const changed = diverted.filter((line, i) => line !== plain[i]);
    assert.deepEqual([changed.length, diverted.length], [1, plain.length], changed.join("\n"));
    assert.match(String(changed[0]), /127\.0\.0\.1.*29999/);
  });
}

test("a URL is sent through a relay, and one that only looks alike is not", () => {
  const detours = [{ part: "gateway-proxy", port: 15001, relayPort: 29_999 }];
  assert.equal(divertText("http://gateway-proxy:15001/x", detours), "http://127.0.0.1:29999/x");
  assert.equal(divertText("http://gateway-proxy:150011", detours), "http://gateway-proxy:150011");
  assert.equal(divertText("http://my-gateway-proxy:15001", detours), "http://my-gateway-proxy:15001");
});
