import assert from "node:assert/strict";
import * as http from "node:http";
import { after, afterEach, before, suite, test } from "node:test";
import { Code, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { kitchen } from "@envoy-mesh-lab/backend";
import type { Http2Sessions } from "@envoy-mesh-lab/connections";
import { createHttp2Sessions } from "@envoy-mesh-lab/connections";
import { CafeService } from "@envoy-mesh-lab/proto/cafe/v1/cafe_pb.ts";
import { Health, HealthCheckResponse_ServingStatus } from "@envoy-mesh-lab/proto/grpc/health/v1/health_pb.ts";
import type { InProcessMesh } from "./in-process-mesh.ts";
import { chain, registerTracing, startMesh } from "./in-process-mesh.ts";

const exporter = registerTracing();
let mesh: InProcessMesh;
let sessions: Http2Sessions;
before(async () => {
  mesh = await startMesh(kitchen);
  sessions = createHttp2Sessions(mesh.url);
});
after(async () => {
  sessions.close();
  await mesh.stop();
});
afterEach(() => {
  exporter.reset();
  mesh.lines.length = 0;
});

/** A plain HTTP/1.1 request, as curl makes it. */
function request(path: string, headers: http.OutgoingHttpHeaders, body?: string) {
  return new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const options = { method: body === undefined ? "GET" : "POST", headers, agent: false as const };
    const outgoing = http.request(`${mesh.url}${path}`, options, (response) => {
      Array.fromAsync(response).then(
        (chunks) => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() }),
        reject,
      );
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

suite("plain HTTP", () => {
  const json = { "content-type": "application/json" };

  test("curl can GET a drink and POST an order", async () => {
    const query = new URLSearchParams({ connect: "v1", encoding: "json", message: '{"name":"tea"}' });
    const got = await request(`/cafe.v1.CafeService/GetDrink?${query}`, {});
    assert.deepEqual(JSON.parse(got.body).drink, {
      name: "tea",
      priceCents: 260,
      ingredients: ["green tea"],
    });
    const posted = await request("/cafe.v1.CafeService/OrderDrink", json, '{"name":"tea"}');
    assert.deepEqual(JSON.parse(posted.body).drink, { name: "tea", priceCents: 260 });
  });

  const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  const headerSets: Readonly<Record<string, { headers: http.OutgoingHttpHeaders; continued: boolean }>> = {
    "a good traceparent is continued": { headers: { traceparent }, continued: true },
    "a malformed one starts a new trace": { headers: { traceparent: "00-nonsense" }, continued: false },
    "an oversized one starts a new trace": { headers: { traceparent: "0".repeat(8_000) }, continued: false },
    "a doubled one starts a new trace": {
      headers: { traceparent: [traceparent, traceparent.replace("b7", "c7")] },
      continued: false,
    },
    "a malformed tracestate does not matter": {
      headers: { traceparent, tracestate: "=;,,==" },
      continued: true,
    },
    "an oversized tracestate does not matter": {
      headers: { traceparent, tracestate: `a=${"v".repeat(8_000)}` },
      continued: true,
    },
  };
  for (const [what, { headers, continued }] of Object.entries(headerSets)) {
    test(what, async () => {
      const { status } = await request(
        "/cafe.v1.CafeService/OrderDrink",
        { ...json, ...headers },
        '{"name":"tea"}',
      );
      assert.equal(status, 200);
      const [gateway] = await chain(exporter);
      assert.equal(gateway?.parentSpanContext?.spanId, continued ? "b7ad6b7169203331" : undefined);
      assert.equal(gateway?.spanContext().traceId === traceparent.slice(3, 35), continued);
    });
  }

  test("probes are answered, without a span", async () => {
    assert.deepEqual(await request("/readyz", {}), { status: 200, body: '{"status":"ready"}\n' });
    assert.equal((await request("/livez", {})).status, 200);
    assert.equal((await request("/nothing", {})).status, 404);
    assert.equal(JSON.parse((await request("/debug/telemetry", {})).body).dropped, 0);
    const health = createClient(Health, createGrpcTransport({ baseUrl: mesh.url, sessionManager: sessions }));
    const { status } = await health.check({ service: CafeService.typeName });
    assert.equal(status, HealthCheckResponse_ServingStatus.SERVING);
    await assert.rejects(health.check({ service: "other" }), { code: Code.NotFound });
    assert.deepEqual([exporter.getFinishedSpans().length, mesh.lines.length], [0, 0]);
  });
});
