import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { parse } from "yaml";
import { exerciseNames, findExercise } from "./exercise.ts";
import { solutionText, startFiles, startText } from "./exercise-files.ts";

const manager = "filter_chains/-/filters/envoy.filters.network.http_connection_manager/typed_config";
const log = "access_log/envoy.access_loggers.stdout/typed_config/log_format/json_format";

/** What exercises take out of configurations of the mesh because they are about it. */
const onPurpose: Readonly<Record<string, readonly string[]>> = {
  // One direction of a sidecar makes no spans.
  "05-half-traced-proxy": [
    `start envoy/gateway.yaml /static_resources/listeners/outbound/${manager}/tracing`,
  ],
  // The edge takes out what it otherwise shortens.
  "13-trust-at-the-edge": [
    `solution envoy/edge.yaml /static_resources/listeners/public/${manager}/early_header_mutation_extensions/envoy.http.early_header_mutation.header_mutation/typed_config/mutations/-/append`,
  ],
  // The learner writes what the Collector does with attributes.
  "15-collector": [
    "start otel-collector.yaml /processors/transform/redact",
    "start otel-collector.yaml /processors/transform/envoy/trace_statements/-/statements: 15",
    "solution otel-collector.yaml /processors/transform/redact",
    "solution otel-collector.yaml /processors/transform/envoy/trace_statements/-/statements: 13",
  ],
  // An access log without the ids of its trace.
  "16-logs-and-traces": [
    `start envoy/gateway.yaml /static_resources/listeners/outbound/${manager}/${log}/trace_id`,
    `start envoy/gateway.yaml /static_resources/listeners/outbound/${manager}/${log}/span_id`,
  ],
  // Everything that keeps spans while the Collector or Tempo is away.
  "17-lost-spans": [
    `start envoy/gateway.yaml /static_resources/listeners/spans/${manager}/route_config/virtual_hosts/collector/routes/exports/route/retry_policy`,
    "start envoy/gateway.yaml /static_resources/clusters/spans/circuit_breakers",
    "start envoy/gateway.yaml /static_resources/clusters/otel_collector/circuit_breakers",
    "start otel-collector.yaml /exporters/otlp_grpc/tempo/sending_queue/storage",
  ],
};

/**
 * Returns what one configuration has and another has not, each by its outermost path. Members of a list go by their names;
 * those without one that differ are taken in their order, and what is left over is counted.
 */
function removed(from: unknown, to: unknown, path = ""): string[] {
  if (typeof from !== "object" || from === null) return [];
  const [before, after] = [membersOf(from), membersOf(to)];
  const named = [...before].flatMap(([key, value]) =>
    after.has(key) ? removed(value, after.get(key), `${path}/${key}`) : [`${path}/${key}`],
  );
  const rest = unlike(nameless(from), nameless(to));
  const others = unlike(nameless(to), nameless(from));
  const left = rest.length - others.length;
  return [
    ...named,
    ...others.flatMap((it, i) => removed(rest[i], it, `${path}/-`)),
    ...(left > 0 ? [`${path}: ${left}`] : []),
  ];
}

const nameOf = (it: unknown) =>
  typeof it === "object" && it !== null && "name" in it ? `${it.name}` : undefined;

function membersOf(value: unknown): Map<string, unknown> {
  if (!Array.isArray(value)) return new Map(Object.entries(value ?? {}));
  return new Map(value.flatMap((it) => (nameOf(it) === undefined ? [] : [[nameOf(it) as string, it]])));
}

const nameless = (value: unknown): unknown[] =>
  Array.isArray(value) ? value.filter((it) => nameOf(it) === undefined) : [];

const unlike = (list: readonly unknown[], other: readonly unknown[]) =>
  list.filter((it) => !other.some((its) => isDeepStrictEqual(it, its)));

const read = (text: string): unknown => parse(text, { merge: true });

suite("no exercise takes something out of the mesh that it is not about", () => {
  for (const name of exerciseNames()) {
    test(name, () => {
      const exercise = findExercise(name);
      const all = startFiles(exercise)
        .filter((it) => /^envoy\/|^otel-collector\.yaml$/.test(it) && existsSync(join(repoRoot, it)))
        .flatMap((path) => {
          const ours = read(readFileSync(join(repoRoot, path), "utf8"));
          return [
            ...removed(ours, read(startText(exercise, path))).map((it) => `start ${path} ${it}`),
            ...removed(ours, read(solutionText(exercise, path))).map((it) => `solution ${path} ${it}`),
          ];
        });
      assert.deepEqual(all, onPurpose[name] ?? []);
    });
  }

  test("and a listener that is gone is seen", () => {
    const text = readFileSync(join(repoRoot, "envoy", "gateway.yaml"), "utf8");
    const mesh = read(text) as { static_resources: { listeners: { name: string }[] } };
    const [gone, ...rest] = mesh.static_resources.listeners;
    const without = { ...mesh, static_resources: { ...mesh.static_resources, listeners: rest } };
    assert.deepEqual(removed(mesh, without), [`/static_resources/listeners/${gone?.name}`]);
  });
});
