import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parse } from "yaml";
import { projectSchema } from "../compose/schema.ts";
import type { MountSource } from "../native/plan.ts";
import { mapPorts } from "../native/port-map.ts";
import { filesLabel, overrideText } from "./override.ts";

const project = projectSchema.parse({
  name: "p",
  services: {
    edge: {
      ports: [{ target: 8080, published: "8080" }],
      expose: ["9901"],
      healthcheck: { test: ["CMD", "true"], start_interval: "500ms" },
      volumes: [
        { type: "bind", source: "/edge.yaml", target: "/etc/envoy/envoy.yaml" },
        { type: "bind", source: "/folder", target: "/etc/folder" },
        { type: "volume", source: "data", target: "/data" },
      ],
    },
    load: {},
  },
});

function override(shift: number, text: string, hasStartInterval = true) {
  const mounts = new Map<string, MountSource>([
    ["/edge.yaml", { kind: "file", text }],
    ["/folder", { kind: "folder" }],
  ]);
  return overrideText(project, { ports: mapPorts(project, shift), mounts, engine: { hasStartInterval } });
}

const read = (text: string) =>
  parse(text, { customTags: [{ tag: "!reset", resolve: () => null }], logLevel: "silent" }).services;

suite("what the lab adds to the compose files for Docker", () => {
  test("publishes every port on 127.0.0.1, shifted, instead of the files' own ports", () => {
    const text = override(500, "a");
    assert.match(text, /ports: !override/);
    assert.deepEqual(read(text).edge.ports, ["127.0.0.1:8580:8080", "127.0.0.1:10401:9901"]);
  });

  test("changes the label of a part when its mounted file changes, and nothing else", () => {
    const label = (text: string) => read(override(0, text)).edge.labels[filesLabel];
    assert.notEqual(label("a"), label("b"));
    assert.equal(override(0, "a"), override(0, "a"));
  });

  test("says nothing of a part that has neither ports nor files", () => {
    assert.deepEqual(Object.keys(read(override(0, "a"))), ["edge"]);
    assert.equal(
      overrideText(
        { ...project, services: {} },
        { ports: new Map(), mounts: new Map(), engine: { hasStartInterval: true } },
      ),
      "services: {}\n",
    );
  });

  test("takes start_interval away where the engine refuses it", () => {
    assert.doesNotMatch(override(0, "a"), /start_interval/);
    assert.match(override(0, "a", false), /start_interval: !reset null/);
  });
});
