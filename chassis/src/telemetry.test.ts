import assert from "node:assert/strict";
import { test } from "node:test";
import { trace } from "@opentelemetry/api";
import type { SpanProcessor } from "@opentelemetry/sdk-trace";
import { readConfig } from "./config.ts";
import { createLogger } from "./logger.ts";
import { startTelemetry } from "./telemetry.ts";

test("a service's own processors are passed by each span before it is handed on, and nothing is lost", async () => {
  const { service } = readConfig(
    { serviceName: "tester", listen: { host: "127.0.0.1", port: 1 } },
    {},
    { LOG_LEVEL: "silent" },
  );
  const tells: SpanProcessor = {
    onStart: (span) => span.setAttribute("tenant.id", "blue"),
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const sent: unknown[] = [];
  const telemetry = startTelemetry(
    service.telemetry,
    createLogger({ serviceName: "tester", level: "silent" }),
    [tells],
    () => ({
      send(spans) {
        sent.push(...spans.map(({ name, attributes }) => ({ name, ...attributes })));
        return Promise.resolve({ kind: "accepted", rejected: 0, reason: "" });
      },
      close() {},
    }),
  );
  trace.getTracer("tester").startSpan("order").end();
  await telemetry.stop();
  assert.deepEqual(sent, [{ name: "order", "tenant.id": "blue" }]);
  const lost = { failed: 0, dropped: 0, tooLarge: 0, queued: 0 };
  assert.deepEqual(telemetry.counts(), { started: 1, ended: 1, exported: 1, ...lost });
});
