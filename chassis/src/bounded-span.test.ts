import assert from "node:assert/strict";
import { test } from "node:test";
import type { Attributes, Span } from "@opentelemetry/api";
import { createTraceState, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { ProtobufTraceSerializer } from "@opentelemetry/otlp-transformer";
import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { boundSpan, cutAttribute, spanLimits } from "./bounded-span.ts";

const tracer = new TracerProvider().getTracer("test");
/** What resource and scope add to a request with one span. */
const around = 400;

function spanOf(fill: (span: Span) => void, name = "order"): ReadableSpan {
  const span = tracer.startSpan(name);
  fill(span);
  span.end();
  return span as unknown as ReadableSpan;
}

function encodedBytes(span: ReadableSpan): number {
  return ProtobufTraceSerializer.serializeRequest([span])?.byteLength ?? 0;
}

const mebibyte = 1_024 * 1_024;
const long = "茶".repeat(mebibyte);
const many = (make: (i: number) => [string, unknown]) =>
  Object.fromEntries(Array.from({ length: 128 }, (_, i) => make(i))) as Attributes;

/** Every way by which something long comes onto a span. */
const blownUp: Record<string, ReadableSpan> = {
  name: spanOf(() => {}, long),
  "message of its status": spanOf((span) => span.setStatus({ code: SpanStatusCode.ERROR, message: long })),
  "value of an attribute": spanOf((span) => span.setAttribute("drink", long)),
  "list of long texts": spanOf((span) => span.setAttribute("drinks", [long, "tea"])),
  "long list": spanOf((span) => span.setAttribute("drinks", Array(mebibyte).fill("tea"))),
  "long list of numbers": spanOf((span) => span.setAttribute("prices", Array(mebibyte).fill(260))),
  "key of an attribute": spanOf((span) => span.setAttribute(long, "tea")),
  "many attributes": spanOf((span) => span.setAttributes(many((i) => [`drink.${i}`, "x".repeat(4_000)]))),
  "name of an event": spanOf((span) => span.addEvent(long)),
  "attributes of events": spanOf((span) => {
    for (let i = 0; i < 128; i++) {
      span.addEvent(
        "served",
        many((j) => [`drink.${j}`, "x".repeat(1_000)]),
      );
    }
  }),
  exception: spanOf((span) => span.recordException(Object.assign(new Error(long), { stack: long }))),
  links: spanOf((span) => {
    for (let i = 0; i < 128; i++) {
      span.addLink({
        context: span.spanContext(),
        attributes: many((j) => [`drink.${j}`, "x".repeat(1_000)]),
      });
    }
  }),
  tracestate: (() => {
    const { traceId, spanId } = spanOf(() => {}).spanContext();
    const traceState = { ...createTraceState(), serialize: () => `a=${"x".repeat(mebibyte)}` } as never;
    const parent = trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: 1, traceState });
    const span = tracer.startSpan("order", {}, parent);
    span.end();
    return span as unknown as ReadableSpan;
  })(),
};

for (const [what, span] of Object.entries(blownUp)) {
  test(`a span that is long by its ${what} is sent within the bound, and says that it was cut`, () => {
    assert.ok(encodedBytes(span) > spanLimits.span, "it is really long");
    const bounded = boundSpan(span);
    assert.ok(bounded.bytes <= spanLimits.span, `${bounded.bytes} bytes`);
    assert.ok(encodedBytes(bounded.span) <= bounded.bytes + around, `${encodedBytes(bounded.span)} bytes`);
    assert.ok(Number(bounded.span.attributes[cutAttribute]) > 0);
    assert.equal(bounded.span.spanContext().spanId, span.spanContext().spanId);
    assert.equal(bounded.span.status.code, span.status.code);
    assert.deepEqual(bounded.span.duration, span.duration);
    assert.equal(boundSpan(bounded.span).span, bounded.span, "a second time there is nothing to cut");
  });
}

test("what is dropped from a span is counted, as OTLP wants it, and what is small stays", () => {
  const attributes = many((i) => [`drink.${i}`, "x".repeat(4_000)]);
  const { span } = boundSpan(
    spanOf((it) => it.setAttributes({ ...attributes, "drink.0": "tea" }).setAttribute("drink.127", "tea")),
  );
  const kept = Object.keys(span.attributes).filter((key) => key !== cutAttribute);
  assert.equal(kept.length + span.droppedAttributesCount, 128);
  assert.deepEqual([kept.at(0), kept.at(-1)], ["drink.0", "drink.127"]);
  assert.ok(
    (blownUp["attributes of events"] && boundSpan(blownUp["attributes of events"]).span.droppedEventsCount) ??
      0,
  );
  assert.ok((blownUp.links && boundSpan(blownUp.links).span.droppedLinksCount) ?? 0);
});

test("texts are cut between characters", () => {
  for (const character of ["é", "茶", "🍵"]) {
    const { span } = boundSpan(spanOf((it) => it.setAttribute("drink", `a${character.repeat(9_000)}`)));
    assert.match(String(span.attributes.drink), new RegExp(`^a(${character})+…$`, "u"));
  }
});

test("a span within the bounds is sent as it is, and its size is told from above, but not far", () => {
  const span = spanOf((it) =>
    it
      .setAttributes({
        "rpc.method": "cafe.v1.CafeService/OrderDrink",
        price: 2.5,
        sizes: [1, 2, 3],
        fresh: true,
      })
      .addEvent("drink served", { drink: "espresso" })
      .addLink({ context: it.spanContext(), attributes: { why: "it was so" } })
      .setStatus({ code: SpanStatusCode.ERROR, message: "no milk" }),
  );
  const bounded = boundSpan(span);
  assert.equal(bounded.span, span);
  const [one, eleven] = [[span], Array(11).fill(span)].map(
    (spans) => ProtobufTraceSerializer.serializeRequest(spans)?.byteLength ?? 0,
  );
  const exact = ((eleven ?? 0) - (one ?? 0)) / 10;
  assert.ok(bounded.bytes >= exact && bounded.bytes < exact * 2, `${bounded.bytes} for ${exact}`);
});
