import assert from "node:assert/strict";
import { test } from "node:test";
import { context, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { createLogger } from "./logger.ts";

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

function logged(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => lines.push(line) };
  write(createLogger({ serviceName: "gateway", level: "info", destination }));
  return lines.map((line) => JSON.parse(line));
}

test("a line has the service, the level as a word and the time as ISO 8601", () => {
  const [line] = logged((log) => log.info({ extra: 1 }, "hello"));
  assert.equal(line?.["service.name"], "gateway");
  assert.equal(line?.level, "info");
  assert.equal(line?.msg, "hello");
  assert.equal(line?.extra, 1);
  assert.match(String(line?.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal("trace_id" in (line ?? {}), false);
});

test("a line has the ids of the active span", () => {
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const spanId = "b7ad6b7169203331";
  const active = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
  const [line] = logged((log) => context.with(active, () => log.info("hello")));
  assert.deepEqual([line?.trace_id, line?.span_id, line?.trace_flags], [traceId, spanId, "01"]);
});
