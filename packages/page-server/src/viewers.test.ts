import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { viewersOf } from "./viewers.ts";

const [stored, other] = ["a".repeat(32), "b".repeat(32)];

/** A busy machine is no Jaeger without the trace. In milliseconds. */
const patience = 60_000;

suite("where else a trace is shown", () => {
  // What Jaeger answers, as its API has it: 404 for a trace that it does not have.
  const jaeger = createServer((request, response) => {
    response.writeHead(request.url === `/api/traces/${stored}` ? 200 : 404).end("{}");
  });
  let port = 0;
  before(async () => {
    await new Promise<void>((resolve) => jaeger.listen(0, "127.0.0.1", resolve));
    port = (jaeger.address() as AddressInfo).port;
  });
  after(() => jaeger.close());
  const meshWith = (services: Parameters<typeof viewersOf>[0]["services"]) => ({
    services,
    hostPort: () => 3001,
  });

  test("nowhere in a mesh without such parts", async () => {
    const edge = { name: "edge", ports: [{ container: 8080, host: port, published: true }] };
    assert.deepEqual(await viewersOf(meshWith([edge]), stored), []);
  });

  test("in the mesh's Grafana, and in a Jaeger that has it, whatever its part is called", async () => {
    const services = [
      { name: "grafana", ports: [{ container: 3000, host: 3001, published: true }] },
      { name: "traces-ui", ports: [{ container: 16686, host: port, published: true }] },
    ];
    const [grafana, ...rest] = await viewersOf(meshWith(services), stored, patience);
    assert.equal(grafana?.name, "Grafana");
    assert.match(grafana?.url ?? "", /^http:\/\/127\.0\.0\.1:3001\/explore/);
    assert.deepEqual(rest, [{ name: "Jaeger", url: `http://127.0.0.1:${port}/trace/${stored}` }]);
  });

  test("not in a Jaeger that has no such trace, or does not answer", async () => {
    const at = (host: number) =>
      meshWith([{ name: "jaeger", ports: [{ container: 16686, host, published: true }] }]);
    assert.deepEqual(await viewersOf(at(port), other), []);
    assert.deepEqual(await viewersOf(at(1), stored), []);
  });
});
