import assert from "node:assert/strict";
import { test } from "node:test";
import type { Context } from "@opentelemetry/api";
import { context as contexts, createContextKey, ROOT_CONTEXT } from "@opentelemetry/api";
import { registerTracing } from "../testing/tracing.ts";
import type { IterationObserver } from "./iterable.ts";
import { bindIterable } from "./iterable.ts";

registerTracing();
const key = createContextKey("test");
const context: Context = ROOT_CONTEXT.setValue(key, "bound");

function record(): { readonly calls: string[]; readonly observer: IterationObserver } {
  const calls: string[] = [];
  const observer = {
    message: (value: unknown) => calls.push(`message: ${value}`),
    done: () => calls.push("done"),
    failed: (reason: unknown) => calls.push(`failed: ${reason}`),
    abandoned: () => calls.push("abandoned"),
  };
  return { calls, observer };
}

test("every step runs in the context, whoever asks for it", async () => {
  const seen: unknown[] = [];
  async function* generate() {
    try {
      seen.push(contexts.active().getValue(key));
      yield 1;
      seen.push(contexts.active().getValue(key));
      yield 2;
    } finally {
      seen.push(contexts.active().getValue(key));
    }
  }
  const iterator = bindIterable(generate(), context)[Symbol.asyncIterator]();
  await iterator.next();
  await contexts.with(ROOT_CONTEXT, () => iterator.next());
  await iterator.return?.();
  assert.deepEqual(seen, ["bound", "bound", "bound"]);
});

test("nothing is read ahead", async () => {
  let produced = 0;
  async function* generate() {
    for (;;) {
      yield ++produced;
    }
  }
  const iterator = bindIterable(generate(), context)[Symbol.asyncIterator]();
  await iterator.next();
  await iterator.next();
  assert.equal(produced, 2);
});

test("the wrapper has return and throw exactly where the iterable has them", () => {
  const bare: AsyncIterable<number> = {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  };
  const bound = bindIterable(bare, context)[Symbol.asyncIterator]();
  assert.equal(bound.return, undefined);
  assert.equal(bound.throw, undefined);
});

test("the observer hears how the iteration ended", async () => {
  async function* generate() {
    yield 1;
    throw new Error("broken");
  }
  const failed = record();
  await assert.rejects(Array.fromAsync(bindIterable(generate(), context, failed.observer)), /broken/);
  // What it hears after that is of no account: V8 also calls `return` here.
  assert.deepEqual(failed.calls.slice(0, 2), ["message: 1", "failed: Error: broken"]);

  const left = record();
  for await (const _ of bindIterable(generate(), context, left.observer)) {
    break;
  }
  assert.deepEqual(left.calls, ["message: 1", "abandoned"]);
});
