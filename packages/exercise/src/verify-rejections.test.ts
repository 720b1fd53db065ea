import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { rejectionsOf } from "./verify-rejections.ts";

const collector = "receivers:\n  otlp: {}\nservice: {}\n";

suite("files that have to be rejected", () => {
  test("are all configurations, whatever they are called, and one of the sources", () => {
    const found = rejectionsOf(
      new Map([
        ["gateway/src/main.ts", ""],
        ["gateway/src/other.ts", ""],
        ["envoy/edge.yaml", "static_resources: {}\n"],
        ["otel-collector.yaml", collector],
        ["otel-collector-2.yaml", collector],
        ["answers.yaml", "receivers: 3\n"],
      ]),
    );
    assert.deepEqual(
      found.map(({ path }) => path),
      ["gateway/src/main.ts", "envoy/edge.yaml", "otel-collector.yaml", "otel-collector-2.yaml"],
    );
    assert.match(found[3]?.text ?? "", /^receivers_of_mine:/);
    assert.match(found[3]?.claim ?? "", /: otel-collector-2\.yaml$/);
    assert.doesNotMatch(found[1]?.claim ?? "", /edge/);
  });
});
