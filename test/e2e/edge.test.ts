import assert from "node:assert/strict";
import { request } from "node:http";
import { suite, test } from "node:test";
import { createTransports } from "@envoy-mesh-lab/connections";
import { call } from "@envoy-mesh-lab/load";
import { aRequest, edgeUrl, mesh, traceOf } from "./mesh.ts";

const query = "connect=v1&encoding=json&message=%7B%22name%22%3A%22espresso%22%7D";

/** Sends a path as it is spelt here, which fetch() would change. @returns the status of the answer */
function statusOf(path: string, headers: Record<string, string> = {}): Promise<number | undefined> {
  const { hostname, port } = new URL(edgeUrl);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path: `${path}?${query}`, headers, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once("error", reject)
      .end();
  });
}

suite("what the edge makes of requests that are spelt in unusual ways", () => {
  test("other spellings of a path are that path", async () => {
    assert.equal(await statusOf("/cafe.v1.CafeService/GetDrink"), 200);
    assert.equal(await statusOf("/cafe.v1.CafeService//GetDrink"), 200);
    assert.equal(await statusOf("/elsewhere/../cafe.v1.CafeService/GetDrink"), 200);
    assert.equal(await statusOf("/cafe.v1.CafeService/../elsewhere"), 404);
  });

  test("a path with an escaped slash is refused", async () => {
    assert.equal(await statusOf("/cafe.v1.CafeService%2FGetDrink"), 400);
    assert.equal(await statusOf("/cafe.v1.CafeService%5CGetDrink"), 400);
  });

  test("a header with an underscore in its name is refused", async () => {
    assert.equal(await statusOf("/cafe.v1.CafeService/GetDrink", { "x-user": "me" }), 200);
    assert.equal(await statusOf("/cafe.v1.CafeService/GetDrink", { x_user: "me" }), 400);
  });

  test("more headers than it takes are refused", async () => {
    const headers = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`x-${i}`, "y".repeat(1000)]));
    assert.equal(await statusOf("/cafe.v1.CafeService/GetDrink", headers), 431);
  });
});

suite("what the edge makes of headers that steer Envoys", () => {
  const callWith = async (headers: Record<string, string>) => {
    const transports = createTransports({ url: edgeUrl });
    try {
      return await call(transports.connect, aRequest({ backend: { workMs: 200, failAfter: 0 }, headers }));
    } finally {
      transports.close();
    }
  };

  test("a caller's x-envoy-… headers are dropped", async () => {
    assert.equal((await callWith({ "x-envoy-upstream-rq-timeout-ms": "20" })).code, "ok");
  });

  test("a caller's x-request-id, which may carry a decision on sampling, is not taken over", async () => {
    const given = "11111111-1111-9111-8111-111111111111";
    const trace = await traceOf(await callWith({ "x-request-id": given }));
    const ids = trace.spans.flatMap(({ attributes }) => attributes["guid:x-request-id"] ?? []);
    assert.ok(ids.length > 0);
    assert.ok(!ids.includes(given), ids.join(", "));
  });
});

test("the edge watches its heap, and has room", async () => {
  const stats = `http://127.0.0.1:${mesh.hostPort("edge", 9901)}/stats?filter=^overload`;
  const text = await (await fetch(stats)).text();
  const { pressure } = /fixed_heap\.pressure: (?<pressure>\d+)/.exec(text)?.groups ?? {};
  assert.ok(Number(pressure) < 90, text);
  for (const action of ["shrink_heap", "stop_accepting_requests"]) {
    assert.match(text, new RegExp(`overload_actions\\.${action}\\.active: 0`));
  }
});
