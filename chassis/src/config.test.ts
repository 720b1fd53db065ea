import assert from "node:assert/strict";
import { test } from "node:test";
import { DiagLogLevel } from "@opentelemetry/api";
import { readConfig } from "./config.ts";
import { ConfigError } from "./environment.ts";
import { httpUrl } from "./values.ts";

const defaults = { serviceName: "gateway", listen: { host: "127.0.0.1", port: 8081 } };

function read(environment: Record<string, string>) {
  return readConfig(defaults, { BACKEND_URL: httpUrl.default("http://backend") }, environment);
}

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    read(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
  return [];
}

test("nothing has to be set", () => {
  const { service, own } = read({});
  assert.deepEqual(service.listen, { host: "127.0.0.1", port: 8081 });
  assert.equal(service.telemetry.serviceName, "gateway");
  assert.equal(service.telemetry.endpoint, "http://localhost:4317");
  assert.equal(own.BACKEND_URL, "http://backend");
});

test("what is set is taken, and an empty variable is not set", () => {
  const { service, own } = read({
    LISTEN_ADDRESS: "[::1]:9000",
    LOG_LEVEL: "",
    SHUTDOWN_TIMEOUT: "1.5s",
    READ_MAX_BYTES: "2048",
    BACKEND_URL: "http://127.0.0.1:1/",
    OTEL_RESOURCE_ATTRIBUTES: "service.name=named%20so,team=mesh",
    OTEL_SDK_DISABLED: "TRUE",
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
  assert.deepEqual(service.listen, { host: "::1", port: 9000 });
  assert.equal(service.logLevel, "info");
  assert.equal(service.shutdownTimeoutMs, 1_500);
  assert.equal(service.readMaxBytes, 2_048);
  assert.equal(own.BACKEND_URL, "http://127.0.0.1:1");
  assert.equal(service.telemetry.serviceName, "named so");
  assert.equal(service.telemetry.enabled, false);
  assert.equal(service.telemetry.scheduleDelayMs, 50);
});

test("OTEL_SERVICE_NAME goes before the resource attribute", () => {
  const { service } = read({ OTEL_SERVICE_NAME: "a", OTEL_RESOURCE_ATTRIBUTES: "service.name=b" });
  assert.equal(service.telemetry.serviceName, "a");
});

const wrong: Readonly<Record<string, readonly string[]>> = {
  LISTEN_ADDRESS: ["8081", "localhost", "localhost:70000", ":80", "a b:1"],
  LOG_LEVEL: ["loud"],
  SHUTDOWN_TIMEOUT: ["soon", "-1s", "0", "11h", "20m"],
  READ_MAX_BYTES: ["4MB", "10", "-5000"],
  BACKEND_URL: ["backend:8082", "ftp://x", "//x"],
  OTEL_SDK_DISABLED: ["yes"],
  OTEL_EXPORTER_OTLP_ENDPOINT: ["localhost:4317", "collector"],
  OTEL_EXPORTER_OTLP_PROTOCOL: ["http/protobuf"],
  OTEL_TRACES_EXPORTER: ["zipkin"],
  OTEL_TRACES_SAMPLER: ["sometimes"],
  OTEL_TRACES_SAMPLER_ARG: ["2", "-0.1", "half", "1.5"],
  OTEL_BSP_MAX_QUEUE_SIZE: ["0", "many"],
  OTEL_BSP_SCHEDULE_DELAY: ["5s"],
  OTEL_RESOURCE_ATTRIBUTES: ["service.name", "a=1,,b=2", "a=%zz"],
  OTEL_PROPAGATORS: ["tracecontext,jaeger"],
  OTEL_CONFIG_FILE: ["otel.yaml"],
  OTEL_LOG_LEVEL: ["loud"],
  OTEL_EXPORTER_OTLP_COMPRESSION: ["zstd"],
  OTEL_EXPORTER_OTLP_TRACES_COMPRESSION: ["on"],
  OTEL_EXPORTER_OTLP_INSECURE: ["1"],
  OTEL_EXPORTER_OTLP_CERTIFICATE: ["/does/not/exist.pem", "/"],
  OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: ["-1", "lots"],
  OTEL_SPAN_EVENT_COUNT_LIMIT: ["1.5"],
};
for (const [name, values] of Object.entries(wrong)) {
  test(`a wrong ${name} is named with its value`, () => {
    for (const value of values) {
      const problems = problemsOf({ [name]: value });
      assert.equal(problems.length, 1, `${name}=${value}: ${problems}`);
      assert.ok(problems[0]?.startsWith(`${name}=${JSON.stringify(value)}: `), problems[0]);
    }
  });
}

test("all problems are reported at once, those of the service itself too", () => {
  const problems = problemsOf({ LISTEN_ADDRESS: "x", BACKEND_URL: "x", OTEL_TRACES_SAMPLER: "x" });
  assert.deepEqual(problems.map((problem) => problem.split("=")[0]).toSorted(), [
    "BACKEND_URL",
    "LISTEN_ADDRESS",
    "OTEL_TRACES_SAMPLER",
  ]);
});

test("wrong headers are named without their values, which may be secrets", () => {
  for (const value of ["api-key", "api key=1", "Api-Key=1"]) {
    const [problem, ...more] = problemsOf({ OTEL_EXPORTER_OTLP_HEADERS: value });
    assert.match(problem ?? "", /^OTEL_EXPORTER_OTLP_HEADERS=\(not shown\): expected /);
    assert.deepEqual(more, []);
  }
});

test("a client's key goes with its certificate", () => {
  const file = import.meta.filename;
  assert.deepEqual(problemsOf({ OTEL_EXPORTER_OTLP_CLIENT_KEY: file }), [
    "OTEL_EXPORTER_OTLP_CLIENT_KEY and OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: expected both or none",
  ]);
  const both = { OTEL_EXPORTER_OTLP_CLIENT_KEY: file, OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE: file };
  assert.deepEqual(problemsOf(both), []);
});

test("OTEL_LOG_LEVEL says how much the SDK tells", () => {
  assert.equal(read({}).service.telemetry.logLevel, DiagLogLevel.INFO);
  assert.equal(read({ OTEL_LOG_LEVEL: "Error" }).service.telemetry.logLevel, DiagLogLevel.ERROR);
});

test("a batch cannot be larger than the queue", () => {
  const problems = problemsOf({ OTEL_BSP_MAX_QUEUE_SIZE: "100", OTEL_BSP_MAX_EXPORT_BATCH_SIZE: "200" });
  assert.deepEqual(problems, [
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=200: expected at most OTEL_BSP_MAX_QUEUE_SIZE, which is 100",
  ]);
});
