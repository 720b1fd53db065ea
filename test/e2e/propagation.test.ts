import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { suite, test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { serviceOf, toForest } from "@envoy-mesh-lab/trace";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import { edgeUrl, logLines, mesh, traceOf, until } from "./mesh.ts";

// What the real Envoy 1.40 does with the trace headers of a caller. docs/envoy-tracing.md tells it in words.

const allParts = ["backend", "backend-proxy", "edge", "gateway", "gateway-proxy"];
const newIds = () => ({ traceId: randomBytes(16).toString("hex"), spanId: randomBytes(8).toString("hex") });

suite("a caller's valid traceparent is joined", () => {
  test("sampled: the caller's span is the parent of the edge's", async () => {
    const { traceId, spanId } = newIds();
    await order({ traceparent: `00-${traceId}-${spanId}-01` });
    const trace = await traceOf({ traceId }, 11);
    assert.deepEqual(servicesOf(trace), allParts);
    assert.deepEqual(
      toForest(trace).orphans.map((it) => it.span.parentSpanId),
      [spanId],
    );
  });

  test("upper case hex digits are taken too, against the specification's letter", async () => {
    const { traceId, spanId } = newIds();
    await order({ traceparent: `00-${traceId.toUpperCase()}-${spanId.toUpperCase()}-01` });
    assert.deepEqual(servicesOf(await traceOf({ traceId }, 11)), allParts);
  });

  test("any version of the length of version 00, even the forbidden ff", async () => {
    for (const version of ["cc", "ff"]) {
      const { traceId, spanId } = newIds();
      await order({ traceparent: `${version}-${traceId}-${spanId}-01` });
      assert.deepEqual(servicesOf(await traceOf({ traceId }, 11)), allParts);
    }
  });

  test("of two traceparent headers the first one counts", async () => {
    const [first, second] = [newIds(), newIds()];
    await order({
      traceparent: [`00-${first.traceId}-${first.spanId}-01`, `00-${second.traceId}-${second.spanId}-01`],
    });
    assert.deepEqual(servicesOf(await traceOf({ traceId: first.traceId }, 11)), allParts);
  });

  test("several tracestate headers are kept, in order", async () => {
    const { traceId, spanId } = newIds();
    await order({ traceparent: `00-${traceId}-${spanId}-01`, tracestate: ["a=1", "b=2"] });
    assert.deepEqual(servicesOf(await traceOf({ traceId }, 11)), allParts);
  });
});

suite("a malformed traceparent is served; no Envoy before the gateway makes a span, and the gateway starts a root", () => {
  const { traceId, spanId } = newIds();
  const malformed = {
    "too short": "00-abc-def-01",
    "trace id of zeros": `00-${"0".repeat(32)}-${spanId}-01`,
    "span id of zeros": `00-${traceId}-${"0".repeat(16)}-01`,
    "version 00 with more at its end": `00-${traceId}-${spanId}-01-more`,
    "no hex": `00-${"x".repeat(32)}-${spanId}-01`,
    empty: "",
  };
  for (const [name, traceparent] of Object.entries(malformed)) {
    test(name, async () => {
      const trace = await traceOf({ traceId: await traceIdAtGateway({ traceparent }) }, 7);
      assert.deepEqual(servicesOf(trace), ["backend", "backend-proxy", "gateway", "gateway-proxy"]);
      const [root] = toForest(trace).roots;
      assert.deepEqual([root && serviceOf(root.span), root?.span.kind], ["gateway", "server"]);
    });
  }
});

test("a future version with more at its end: no Envoy before the gateway takes it, and the gateway joins it", async () => {
  const { traceId, spanId } = newIds();
  await order({ traceparent: `cc-${traceId}-${spanId}-01-more` });
  const trace = await traceOf({ traceId }, 7);
  assert.deepEqual(servicesOf(trace), ["backend", "backend-proxy", "gateway", "gateway-proxy"]);
  const [orphan] = toForest(trace).orphans;
  assert.deepEqual([orphan && serviceOf(orphan.span), orphan?.span.parentSpanId], ["gateway", spanId]);
});

test("a caller's flag 00 is followed by every Envoy and service", async () => {
  const { traceId, spanId } = newIds();
  await order({ traceparent: `00-${traceId}-${spanId}-00` });
  // The services still log the trace id, with the flag.
  const line = await until(
    () => logLines("backend").find((it) => it.trace_id === traceId),
    (it) => it !== undefined,
  );
  assert.equal(line?.trace_flags, "00");
  assert.equal(await waitForTrace(mesh.urls.tempo, traceId, 3000, () => true), undefined);
});

test("a tracestate is passed on up to 512 bytes, and left out beyond", async () => {
  for (const [length, passes] of [
    [512, true],
    [513, false],
    [20_000, false],
  ] as const) {
    const { traceId, spanId } = newIds();
    const tracestate = `a=${"v".repeat(length - 2)}`;
    await order({ traceparent: `00-${traceId}-${spanId}-01`, tracestate });
    await traceOf({ traceId }, 11);
    const stored = await fetch(`${mesh.urls.tempo}/api/v2/traces/${traceId}`).then((it) => it.text());
    assert.equal(stored.includes(tracestate), passes, `${length} bytes`);
  }
});

test("headers beyond the edge's limit are refused with 431, not with a broken connection", async () => {
  assert.equal(await post({ tracestate: `a=${"v".repeat(40_000)}` }).then((it) => it.status), 431);
});

function servicesOf(trace: Trace): string[] {
  return [...new Set(trace.spans.map(serviceOf))].sort();
}

/** The trace id of the gateway's call to the backend for a request with these headers. */
async function traceIdAtGateway(headers: Headers): Promise<string> {
  // Nothing marks the request in the sidecar's log: its trace headers are what is tried. But it is the only one.
  const before = logLines("gateway-proxy").length;
  await order(headers);
  const outbound = () => {
    const lines = logLines("gateway-proxy").slice(before);
    const inbound = lines.find((it) => it.direction === "inbound");
    return lines.find((it) => it.direction === "outbound" && it.request_id === inbound?.request_id);
  };
  const line = await until(outbound, (it) => it !== undefined);
  assert.ok(line, "the gateway called the backend");
  return String(line.trace_id);
}

type Headers = Record<string, string | string[]>;

async function order(headers: Headers): Promise<void> {
  assert.equal((await post(headers)).status, 200);
}

// node:http sends headers as they are, doubled and empty ones too.
function post(headers: Headers): Promise<{ status: number | undefined }> {
  return new Promise((resolve, reject) => {
    const body = JSON.stringify({ name: "espresso" });
    const options = { method: "POST", headers: { ...headers, "content-type": "application/json" } };
    const sent = request(`${edgeUrl}/cafe.v1.CafeService/OrderDrink`, options, (response) => {
      response.resume().once("end", () => resolve({ status: response.statusCode }));
    });
    sent.once("error", reject).end(body);
  });
}
