import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { projectSchema } from "../compose/schema.ts";
import { bodyOf } from "./docker-runtime.ts";
import { onePerImage } from "./prepare.ts";
import { checkCommand } from "./reject-configs.ts";

const { services } = projectSchema.parse({
  name: "p",
  services: {
    gateway: {
      image: "service",
      build: { context: "." },
      command: ["gateway/src/main.ts"],
      "x-native": { program: "node", validate: ["--validate"] },
    },
    backend: { image: "service", build: { context: "." }, command: ["backend/src/main.ts"] },
    edge: {
      image: "envoy",
      command: ["-c", "/etc/envoy/envoy.yaml"],
      "x-native": { program: "envoy" },
    },
    collector: { image: "otelcol", command: ["--config=a"], "x-native": { program: "otelcol-contrib" } },
  },
});
const commandOf = (name: string) => services[name] && checkCommand(services[name]);

suite("lab up --docker", () => {
  test("builds an image once, for the same service each time", () => {
    assert.deepEqual(onePerImage({ services }, ["gateway", "backend", "edge"]), ["backend"]);
    assert.deepEqual(onePerImage({ services }, ["gateway"]), ["backend"]);
    assert.deepEqual(onePerImage({ services }, ["edge"]), []);
  });

  test("has each program check its configuration in its own way", () => {
    assert.deepEqual(commandOf("gateway"), ["gateway/src/main.ts", "--validate"]);
    assert.deepEqual(commandOf("edge"), ["-c", "/etc/envoy/envoy.yaml", "--mode", "validate"]);
    assert.deepEqual(commandOf("collector"), ["validate", "--config=a"]);
    assert.equal(commandOf("backend"), undefined);
  });

  test("reads what an Envoy answers inside its container", () => {
    assert.equal(bodyOf("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"), "ok");
    const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    assert.equal(bodyOf(`${head}3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n`), "abc0123456789");
  });
});
