import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpanExporter } from "@opentelemetry/sdk-trace";
import { createRetryingExporter } from "./retrying-exporter.ts";

const grpcError = (code: number) => Object.assign(new Error(`code ${code}`), { code });

/** An exporter that answers with these errors in turn, and then well. */
function start(errors: Error[], budgetMs = 60_000) {
  const attempts: (string | undefined)[] = [];
  const inner: SpanExporter = {
    export: (_spans, report) => {
      const error = errors.shift();
      report(error ? { code: 1, error } : { code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  const exporter = createRetryingExporter(inner, {
    budgetMs,
    firstPauseMs: 1,
    onAttempt: (error) => attempts.push(error?.message),
  });
  const send = () => new Promise<number>((resolve) => exporter.export([], ({ code }) => resolve(code)));
  return { exporter, attempts, send };
}

test("what the Collector could not take is sent again until it does", async () => {
  const { attempts, send } = start([grpcError(14), grpcError(8), grpcError(4)]);
  assert.equal(await send(), 0);
  assert.deepEqual(attempts, ["code 14", "code 8", "code 4", undefined]);
});

test("what the Collector refuses for good is not sent again", async () => {
  for (const error of [grpcError(3), grpcError(12), new Error("no code")]) {
    const { attempts, send } = start([error]);
    assert.equal(await send(), 1);
    assert.deepEqual(attempts, [error.message]);
  }
});

test("the tries end with the budget", async () => {
  const { attempts, send } = start(Array(1_000).fill(grpcError(14)), 20);
  assert.equal(await send(), 1);
  assert.ok(attempts.length > 1 && attempts.length < 1_000, `${attempts.length} tries`);
});

test("an exporter that is shut down does not wait for another try", async () => {
  const { exporter, attempts, send } = start(Array(1_000).fill(grpcError(14)));
  const sent = send();
  await exporter.shutdown();
  assert.equal(await sent, 1);
  assert.ok(attempts.length <= 2, `${attempts.length} tries`);
});
