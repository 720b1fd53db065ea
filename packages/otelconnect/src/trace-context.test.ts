import assert from "node:assert/strict";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, test } from "node:test";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { trace } from "@opentelemetry/api";
import fc from "fast-check";
import { EchoService } from "../testing/echo-service.ts";
import { endedSpans, registerTracing } from "../testing/tracing.ts";
import { createServerInterceptor } from "./index.ts";

/**
 * The cases of the W3C Trace Context specification, sent as they are over a socket: https://www.w3.org/TR/trace-context/
 * What reads them is the propagator of OpenTelemetry's SDK; what is tested is that its answer becomes the right span,
 * and that no header does harm.
 */

const exporter = registerTracing();
afterEach(() => exporter.reset());

let port = 0;
const agent = new http.Agent({ keepAlive: true });
const server = http.createServer(
  connectNodeAdapter({
    interceptors: [createServerInterceptor()],
    routes: (router) =>
      router.service(EchoService, {
        unary: () => ({ value: trace.getActiveSpan()?.spanContext().traceState?.serialize() ?? "" }),
      }),
  }),
);
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
after(async () => {
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
});

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Calls with the given headers, each line as it is. */
function call(lines: readonly (readonly [string, string])[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { port, host: "127.0.0.1", agent, method: "POST", path: "/echo.v1.EchoService/Unary" },
      (response) => {
        let body = "";
        response.setEncoding("utf8");
        response.on("data", (text: string) => {
          body += text;
        });
        const { date: _date, ...headers } = response.headers;
        response.on("end", () => resolve({ status: response.statusCode, headers, body }));
      },
    );
    request.on("error", reject);
    request.setHeader("content-type", "application/json");
    for (const [name, value] of lines) {
      const before = request.getHeader(name);
      request.setHeader(name, before === undefined ? value : [before, value].flat().map(String));
    }
    request.end('""');
  });
}

const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";
const valid = `00-${traceId}-${spanId}-01`;

/** traceparent lines, and the trace that is continued with its flags; undefined: a new trace. */
const traceparents: Readonly<Record<string, readonly [readonly string[], { sampled: boolean } | undefined]>> =
  {
    valid: [[valid], { sampled: true }],
    "not sampled": [[`00-${traceId}-${spanId}-00`], { sampled: false }],
    "unknown flags are ignored": [[`00-${traceId}-${spanId}-03`], { sampled: true }],
    "all flags": [[`00-${traceId}-${spanId}-ff`], { sampled: true }],
    "all flags but sampled": [[`00-${traceId}-${spanId}-fe`], { sampled: false }],
    "white space around it": [[`  ${valid}\t`], { sampled: true }],
    "future version": [[`01-${traceId}-${spanId}-01`], { sampled: true }],
    "future version with more to come": [[`cc-${traceId}-${spanId}-01-what-comes`], { sampled: true }],
    "future version with junk right behind": [[`cc-${traceId}-${spanId}-01.junk`], undefined],
    "version ff": [[`ff-${traceId}-${spanId}-01`], undefined],
    "version of one digit": [[`0-${traceId}-${spanId}-01`], undefined],
    "version of three digits": [[`000-${traceId}-${spanId}-01`], undefined],
    "version that is not hexadecimal": [[`.0-${traceId}-${spanId}-01`], undefined],
    "version 00 with more": [[`${valid}-what`], undefined],
    "version 00 with a dash": [[`${valid}-`], undefined],
    "trace id too short": [[`00-${traceId.slice(1)}-${spanId}-01`], undefined],
    "trace id too long": [[`00-${traceId}0-${spanId}-01`], undefined],
    "trace id of zeros": [[`00-${"0".repeat(32)}-${spanId}-01`], undefined],
    "trace id in upper case": [[`00-${traceId.toUpperCase()}-${spanId}-01`], undefined],
    "trace id not hexadecimal": [[`00-${traceId.replace("0", "g")}-${spanId}-01`], undefined],
    "span id too short": [[`00-${traceId}-${spanId.slice(1)}-01`], undefined],
    "span id too long": [[`00-${traceId}-${spanId}0-01`], undefined],
    "span id of zeros": [[`00-${traceId}-${"0".repeat(16)}-01`], undefined],
    "span id in upper case": [[`00-${traceId}-${spanId.toUpperCase()}-01`], undefined],
    "flags too short": [[`00-${traceId}-${spanId}-1`], undefined],
    "flags too long": [[`00-${traceId}-${spanId}-001`], undefined],
    "flags not hexadecimal": [[`00-${traceId}-${spanId}-.1`], undefined],
    "flags missing": [[`00-${traceId}-${spanId}`], undefined],
    "other separators": [[valid.replaceAll("-", "_")], undefined],
    empty: [[""], undefined],
    none: [[], undefined],
    "two lines": [[valid, valid.replace("b7", "c7")], undefined],
    "the same line twice": [[valid, valid], undefined],
  };

for (const [what, [lines, expected]] of Object.entries(traceparents)) {
  test(`traceparent: ${what}`, async () => {
    assert.equal((await call(lines.map((line) => ["traceparent", line]))).status, 200);
    if (expected?.sampled === false) {
      // The parent says not to sample, and so it is.
      assert.deepEqual(exporter.getFinishedSpans(), []);
      return;
    }
    const [span] = await endedSpans(exporter, 1);
    assert.equal(span?.spanContext().traceId === traceId, expected !== undefined);
    assert.equal(span?.parentSpanContext?.spanId, expected && spanId);
  });
}

test("the name of the header is in any case", async () => {
  await call([["TraceParent", valid]]);
  const [span] = await endedSpans(exporter, 1);
  assert.equal(span?.spanContext().traceId, traceId);
});

const member = (index: number) => `k${index}=v${index}`;
const members = (count: number) => Array.from({ length: count }, (_, index) => member(index));

/** tracestate lines, and what is left of them in the span. */
const tracestates: Readonly<Record<string, readonly [readonly string[], string]>> = {
  none: [[], ""],
  "one member": [["a=1"], "a=1"],
  "two members": [["a=1,b=2"], "a=1,b=2"],
  "two lines, joined in order": [["a=1", "b=2"], "a=1,b=2"],
  "three lines": [["a=1,b=2", "c=3", "d=4"], "a=1,b=2,c=3,d=4"],
  empty: [[""], ""],
  "an empty line between": [["a=1", "", "b=2"], "a=1,b=2"],
  "white space between": [["a=1 \t, \t b=2"], "a=1,b=2"],
  "empty members": [["a=1,,b=2,"], "a=1,b=2"],
  "32 members": [[members(32).join(",")], members(32).join(",")],
  "vendor with a tenant": [["tenant@vendor=1"], "tenant@vendor=1"],
  "all signs of a key": [["a-*/_0=1"], "a-*/_0=1"],
  "a key without a value": [["a"], ""],
  "a value without a key": [["=1"], ""],
  "a key in upper case": [["A=1,b=2"], "b=2"],
  "512 characters": [
    [`a=${"v".repeat(200)},b=${"v".repeat(200)},c=${"v".repeat(104)}`],
    `a=${"v".repeat(200)},b=${"v".repeat(200)},c=${"v".repeat(104)}`,
  ],
};

for (const [what, [lines, expected]] of Object.entries(tracestates)) {
  test(`tracestate: ${what}`, async () => {
    const headers = [["traceparent", valid], ...lines.map((line) => ["tracestate", line])] as [
      string,
      string,
    ][];
    const { body } = await call(headers);
    assert.equal(JSON.parse(body), expected);
    const [span] = await endedSpans(exporter, 1);
    assert.equal(span?.parentSpanContext?.spanId, spanId);
  });
}

/** tracestate that is beyond the limits or ambiguous: the trace goes on, and what is kept stays within the limits. */
for (const [what, state] of Object.entries({
  "33 members": members(33).join(","),
  "1000 members": members(1_000).join(","),
  "513 characters": `a=${"v".repeat(255)},b=${"v".repeat(253)}`,
  "8,000 characters": `a=${"v".repeat(7_998)}`,
  "the same key twice": "a=1,a=2",
  "broken all over": "=,;a,=1,,%%,a=b=c",
})) {
  test(`tracestate: ${what} does not break the trace`, async () => {
    const { status, body } = await call([
      ["traceparent", valid],
      ["tracestate", state],
    ]);
    assert.equal(status, 200);
    const kept: string = JSON.parse(body);
    assert.ok(kept.length <= 512 && kept.split(",").length <= 32, kept);
    assert.equal(kept.split(",").filter((each) => each.startsWith("a=")).length <= 1, true);
    const [span] = await endedSpans(exporter, 1);
    assert.equal(span?.parentSpanContext?.spanId, spanId);
  });
}

test("tracestate without traceparent is ignored", async () => {
  const { body } = await call([["tracestate", "a=1"]]);
  assert.equal(JSON.parse(body), "");
  const [span] = await endedSpans(exporter, 1);
  assert.equal(span?.parentSpanContext, undefined);
});

test("tracestate with a broken traceparent is ignored", async () => {
  const { body } = await call([
    ["traceparent", "00-broken"],
    ["tracestate", "a=1"],
  ]);
  assert.equal(JSON.parse(body), "");
});

// What may stand in a header: visible characters, blanks and Latin-1.
const anything = fc.string({ unit: fc.constantFrom(..." \t!#,;=-_/@%09afAFzZé"), maxLength: 600 });
const nearlyTraceparent = fc
  .tuple(
    fc.constantFrom("00", "01", "ff", "0", "zz"),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefAG"), minLength: 30, maxLength: 34 }),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefAG"), minLength: 14, maxLength: 18 }),
    fc.constantFrom("00", "01", "ff", "1", "", "01-more"),
  )
  .map((parts) => parts.join("-"));
const field = fc.tuple(
  fc.constantFrom("traceparent", "tracestate", "baggage"),
  fc.oneof(anything, nearlyTraceparent, fc.constant(valid)),
);

test("no header changes a response, and each call has one span that ends", async () => {
  const plain = await call([]);
  exporter.reset();
  await fc.assert(
    fc.asyncProperty(fc.array(field, { maxLength: 4 }), async (lines) => {
      const answer = await call(lines.filter(([name]) => name !== "tracestate"));
      assert.deepEqual(answer, plain);
      const withState = await call(lines);
      assert.equal(withState.status, plain.status);
      const spans = exporter.getFinishedSpans();
      exporter.reset();
      assert.ok(spans.length <= 2);
      for (const { spanContext } of spans.map((span) => ({ spanContext: span.spanContext() }))) {
        assert.match(spanContext.traceId, /^(?!0{32})[0-9a-f]{32}$/);
      }
    }),
    { numRuns: 300 },
  );
});
