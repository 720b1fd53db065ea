import assert from "node:assert/strict";
import { test } from "node:test";
import { lineOfWords } from "./envoy-place.ts";

const yaml = `# A configuration.
static_resources:
  listeners:
    - name: inbound
      traffic_direction: SIDEWAYS
      filter_chains:
        - filters:
            - typed_config:
                tracing:
                  spawn_upstream_spann: true
                  random_sampling: 100
  clusters:
    - name: backend
      connect_timeout: fast
`;

// The words of Envoy 1.40.0, blanks and all.
const of = (words: string) =>
  lineOfWords(`INVALID_ARGUMENT: invalid JSON   in  envoy.Bootstrap ${words}`, yaml);

test("a field that there is not is found below the field that Envoy names", () => {
  const words =
    "@  static_resources.listeners[0].filter_chains[0].filters[0].typed_config.<any>.tracing:  message X, near 1:3479 (offset 3478): no such field: 'spawn_upstream_spann')";
  assert.deepEqual(of(words), { line: 10, text: "spawn_upstream_spann: true" });
});

test("a value of the wrong kind is found at its field", () => {
  assert.deepEqual(
    of("@ static_resources.clusters[0].connect_timeout: message google.protobuf.Duration, near  1:13008"),
    {
      line: 14,
      text: "connect_timeout: fast",
    },
  );
  const percent =
    "@ static_resources.listeners[0].filter_chains[0].filters[0].typed_config.<any>.tracing.random_sampling: message Y, near 1:2";
  assert.equal(of(percent)?.line, 11);
});

test("a word that Envoy does not know is found where it stands, unless it stands in several places", () => {
  assert.equal(lineOfWords("unknown enum value: 'SIDEWAYS') has unknown fields", yaml)?.line, 5);
  assert.equal(lineOfWords("unknown enum value: 'A'", "- A\n- A\n"), undefined);
});

test("words that name no place are about no line", () => {
  assert.equal(lineOfWords("yaml-cpp: error at line 81, column 5: illegal block entry", yaml), undefined);
  assert.equal(of("@ static_resources.secrets[0].name: string, near 1:2"), undefined);
});
