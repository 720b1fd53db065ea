import assert from "node:assert/strict";
import { test } from "node:test";
import type { SpanContext, TextMapGetter, TraceState } from "@opentelemetry/api";
import {
  createTraceState,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  trace,
} from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import fc from "fast-check";
import { createTraceContextPropagator } from "./index.ts";

const propagator = createTraceContextPropagator();
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

type Carrier = Record<string, string>;

function extract(carrier: unknown, getter: TextMapGetter = defaultTextMapGetter) {
  return propagator.extract(ROOT_CONTEXT, carrier, getter);
}

function inject(context: ReturnType<typeof extract>): Carrier {
  const carrier: Carrier = {};
  propagator.inject(context, carrier, defaultTextMapSetter);
  return carrier;
}

const ofSpan = (span: Partial<SpanContext>) =>
  inject(trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, ...span }));

const wellFormedState = /^([a-z0-9][a-z0-9_\-*/@]{0,255}=[ -+\--<>-~]{0,255}[!-+\--<>-~](,(?!$)|$)){1,32}$/;

test("whatever arrives: nothing is thrown, nothing malformed goes on, and what goes on stays as it is", () => {
  const bytes = fc.string({
    unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  });
  const near = fc.string({ unit: fc.constantFrom(..."0123456789abcdefgAF-=,@ \t."), maxLength: 80 });
  const parent = fc.oneof(
    bytes,
    near,
    fc
      .tuple(fc.constantFrom("00", "cc", "ff"), fc.constantFrom("", "-x", ".", ","))
      .map(([version, rest]) => `${version}-${traceId}-${spanId}-03${rest}`),
  );
  const key = fc.string({ unit: fc.constantFrom(..."abz09_-*/@A."), minLength: 0, maxLength: 260 });
  const value = fc.string({ unit: fc.constantFrom(..."abz09 ~!é=\t"), minLength: 0, maxLength: 260 });
  const state = fc.oneof(
    bytes,
    near,
    fc
      .array(
        fc.tuple(key, value).map(([k, v]) => `${k}=${v}`),
        { maxLength: 40 },
      )
      .map((all) => all.join(",")),
    fc
      .array(
        fc.nat({ max: 60 }).map((n) => `k${n}=${"v".repeat(n)}`),
        { maxLength: 34 },
      )
      .map((all) => all.join()),
  );
  const line = (it: fc.Arbitrary<string>) => fc.oneof(it, fc.array(it, { maxLength: 3 }));
  fc.assert(
    fc.property(line(parent), line(state), (traceparent, tracestate) => {
      const sent = inject(extract({ traceparent, tracestate }));
      if (sent.traceparent === undefined) {
        assert.deepEqual(sent, {});
        return;
      }
      assert.match(sent.traceparent, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]$/);
      if (sent.tracestate !== undefined) {
        assert.match(sent.tracestate, wellFormedState);
        assert.ok(sent.tracestate.length <= 512);
      }
      assert.deepEqual(inject(extract(sent)), sent);
    }),
    { numRuns: 2_000 },
  );
});

test("ten times as long a header takes about ten times as long to read, whatever it is made of", () => {
  const read = (unit: string, length: number) => {
    const long = unit.repeat(length / unit.length);
    const times = Array.from({ length: 5 }, () => {
      const from = performance.now();
      extract({ traceparent: `cc-${traceId}-${spanId}-01-${long},`, tracestate: long });
      extract({ traceparent: `cc-${traceId}-${spanId}-01-${long}x`, tracestate: `a=1${long}b` });
      return performance.now() - from;
    });
    return Math.min(...times);
  };
  for (const unit of [" ", "\t", ",", "a=1,", "-", "=", "@"]) {
    // A reader in quadratic time would take a hundred times as long, of times that are well above the clock's steps.
    const [short, long] = [read(unit, 20_000), read(unit, 200_000)];
    assert.ok(long < Math.max(short, 0.1) * 50, `${JSON.stringify(unit)}: ${short} ms, ${long} ms`);
  }
});

test("the random flag goes on with its trace and with no other", () => {
  const context = extract({ traceparent: `00-${traceId}-${spanId}-03` });
  const child = (span: SpanContext) => inject(trace.setSpanContext(context, span)).traceparent;
  // An SDK makes its spans without it.
  assert.equal(
    child({ traceId, spanId: "1".repeat(16), traceFlags: 1 }),
    `00-${traceId}-${"1".repeat(16)}-03`,
  );
  assert.equal(
    child({ traceId, spanId: "1".repeat(16), traceFlags: 0 }),
    `00-${traceId}-${"1".repeat(16)}-02`,
  );
  const [other, id] = ["2".repeat(32), "3".repeat(16)];
  assert.equal(child({ traceId: other, spanId: id, traceFlags: 1 }), `00-${other}-${id}-01`);
  assert.equal(child({ traceId: other, spanId: id, traceFlags: 3 }), `00-${other}-${id}-03`);
  // A caller that did not set it is not corrected.
  const without = extract({ traceparent: `00-${traceId}-${spanId}-01` });
  const span = { traceId, spanId: id, traceFlags: 3 };
  assert.equal(inject(trace.setSpanContext(without, span)).traceparent, `00-${traceId}-${id}-01`);
});

test("a span that is not real is not sent, nor one of an SDK with other ideas of an id", () => {
  for (const span of [
    { traceId: "0".repeat(32) },
    { spanId: "0".repeat(16) },
    { traceId: traceId.toUpperCase() },
    { spanId: "x" },
  ]) {
    assert.deepEqual(ofSpan(span), {}, JSON.stringify(span));
  }
  assert.deepEqual(inject(ROOT_CONTEXT), {});
});

test("flags that the specification does not know are not sent", () => {
  assert.equal(ofSpan({ traceFlags: 0xff }).traceparent, `00-${traceId}-${spanId}-03`);
});

test("nothing is sent while tracing is suppressed, as while an SDK sends spans", () => {
  const context = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1 });
  assert.deepEqual(inject(suppressTracing(context)), {});
});

test("a tracestate that somebody else made is sent if it is well formed, and only then", () => {
  assert.equal(ofSpan({ traceState: createTraceState("a=1,b=2") }).tracestate, "a=1,b=2");
  const theirs = (text: string) => ({ serialize: () => text }) as TraceState;
  assert.equal(ofSpan({ traceState: theirs("ot=th:8,b=2") }).tracestate, "ot=th:8,b=2");
  assert.equal(ofSpan({ traceState: theirs("A=1") }).tracestate, undefined);
  assert.equal(ofSpan({ traceState: theirs("") }).tracestate, undefined);
});

test("a member is put first, in place of its like; the last goes when there are too many", () => {
  const stateOf = (header: string) => {
    const context = extract({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: header });
    return trace.getSpanContext(context)?.traceState as TraceState;
  };
  const state = stateOf("a=1,b=2");
  assert.equal(state.set("c", "3").serialize(), "c=3,a=1,b=2");
  assert.equal(state.set("b", "3").serialize(), "b=3,a=1");
  assert.equal(state.unset("a").serialize(), "b=2");
  assert.equal(state.get("b"), "2");
  assert.equal(state.get("z"), undefined);
  for (const [key, value] of [
    ["A", "1"],
    ["a", ""],
    ["a", "x=y"],
    ["a", "x,y=z"],
    ["a", "1 "],
  ] as const) {
    assert.equal(state.set(key, value), state, `${key}=${value}`);
  }
  assert.equal(state.serialize(), "a=1,b=2", "unchanged");
  const members = Array.from({ length: 32 }, (_, index) => `k${index}=1`);
  assert.equal(
    stateOf(members.join()).set("new", "1").serialize(),
    ["new=1", ...members.slice(0, 31)].join(),
  );
});

test("a getter that gives nothing, or what is no text, gives no parent", () => {
  for (const value of [undefined, null, 7, {}, [], [undefined], ["x", 7]]) {
    const getter = { keys: () => [], get: () => value } as unknown as TextMapGetter;
    assert.equal(extract({}, getter), ROOT_CONTEXT);
  }
});
