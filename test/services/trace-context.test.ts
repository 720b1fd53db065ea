import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import type { ServiceProcess } from "@envoy-mesh-lab/chassis/testing";
import { startService } from "@envoy-mesh-lab/chassis/testing";
import { assertPropagated, rawRequest, traceContextCases } from "@envoy-mesh-lab/otelconnect/testing";

// The cases of W3C Trace Context on a real service, that is as `OTEL_PROPAGATORS` has it: what the gateway is sent, and
// what it sends the backend.

const services: ServiceProcess[] = [];
const collector = http2.createServer((_request, response) => {
  response.writeHead(200, { "content-type": "application/grpc", "grpc-status": "0" }).end();
});
let url: URL;

async function start(path: string, environment: Record<string, string> = {}): Promise<string> {
  const { port } = collector.address() as AddressInfo;
  const service = startService(new URL(path, import.meta.url), {
    OTEL_TRACES_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    ...environment,
  });
  services.push(service);
  return service.serving();
}

before(async () => {
  collector.listen(0, "127.0.0.1");
  await once(collector, "listening");
  const BACKEND_URL = await start("./echo-kitchen.ts");
  url = new URL(
    "/cafe.v1.CafeService/OrderDrink",
    await start(import.meta.resolve("@envoy-mesh-lab/gateway/main"), { BACKEND_URL }),
  );
});
after(async () => {
  for (const service of services) {
    service.signal("SIGKILL");
    await service.exited;
  }
  collector.close();
});

/** What the backend was sent for a call with these header lines. */
async function sentFor(lines: readonly (readonly [string, string])[]): Promise<Record<string, string>> {
  const { status, body } = await rawRequest(url, '{"name":"tea"}', lines);
  assert.equal(status, 200, body);
  return JSON.parse(JSON.parse(body).drink.name);
}

for (const each of traceContextCases) {
  test(`${each.section}: ${each.what}`, async () => assertPropagated(each, await sentFor(each.headers)));
}

const several: Readonly<Record<string, { suite: string; headers: [string, string][]; traces: number }>> = {
  "a valid traceparent": {
    suite: "test_multiple_requests_with_valid_traceparent",
    headers: [["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]],
    traces: 1,
  },
  "no traceparent": { suite: "test_multiple_requests_without_traceparent", headers: [], traces: 3 },
  "a malformed traceparent": {
    suite: "test_multiple_requests_with_illegal_traceparent",
    headers: [["traceparent", `00-${"0".repeat(32)}-b7ad6b7169203331-01`]],
    traces: 3,
  },
};

for (const [what, { headers, traces }] of Object.entries(several)) {
  test(`three calls with ${what}: each is sent on as a span of its own`, async () => {
    const sent = await Promise.all([1, 2, 3].map(() => sentFor(headers)));
    const parts = sent.map(({ traceparent = "" }) => traceparent.split("-"));
    assert.equal(new Set(parts.map(([, traceId]) => traceId)).size, traces);
    assert.equal(new Set(parts.map(([, , spanId]) => spanId)).size, 3);
  });
}

test("every test of W3C's own suite has its cases here", () => {
  const suites = new Set(
    [...traceContextCases, ...Object.values(several)].flatMap(({ suite }) => suite ?? []),
  );
  assert.equal(suites.size, 41);
});

// W3C Baggage, "Limits": all of 64 members in 8192 bytes have to go on; what is beyond may be dropped, in whole members.
const members = (count: number, length = 1) =>
  Array.from({ length: count }, (_, index) => `k${index}=${"v".repeat(length)}`);
const baggages: Readonly<Record<string, readonly [lines: readonly string[], sent: string | undefined]>> = {
  "64 members": [[members(64).join(",")], members(64).join(",")],
  "180 members": [[members(180).join(",")], members(180).join(",")],
  "181 members, of which 180 go on": [[members(181).join(",")], members(180).join(",")],
  "180 members in three lines": [
    [members(180).slice(0, 60), members(180).slice(60, 120), members(180).slice(120)].map((it) =>
      it.join(","),
    ),
    members(180).join(","),
  ],
  "more than 8192 bytes, in whole members": [[members(10, 1_000).join(",")], members(8, 1_000).join(",")],
  "malformed percent encoding: that member alone is dropped": [["a=1,b=%zz,c=%,d=%E0%A4,e=2"], "a=1,e=2"],
  "members that are none": [["a,=1,,;,b=2"], "b=2"],
};

for (const [what, [lines, sent]] of Object.entries(baggages)) {
  test(`baggage: ${what}`, async () => {
    const { baggage } = await sentFor(lines.map((line) => ["baggage", line]));
    assert.equal(baggage, sent);
  });
}
