import assert from "node:assert/strict";
import { once } from "node:events";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Code, ConnectError } from "@connectrpc/connect";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { pino } from "pino";
import { createRequestHandler } from "./request-handler.ts";

const long = "x".repeat(1_000_000);
/** What no RPC of the kitchen can decode, and what its handlers fail with at length. */
const bodies = { failing: "{}", undecodable: `{"behavior":{"workTime":"${long}"}}` };

function frame(body: string): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(Buffer.byteLength(body), 1);
  return Buffer.concat([head, Buffer.from(body)]);
}

const fail = () => {
  throw new ConnectError(long, Code.Internal);
};

test("no answer carries an error at length, whatever the protocol and the kind, compressed or not", async (t) => {
  const handler = createRequestHandler({
    log: pino({ level: "silent" }),
    fallback: () => assert.fail("the path is an RPC's"),
    routes: (router) =>
      router.service(KitchenService, {
        brewDrink: fail,
        watchBrew: fail,
        brewRound: fail,
        brewToOrder: fail,
      }),
  });
  const server = http2.createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.after(() => {
    client.destroy();
    server.close();
  });

  async function ask(method: string, type: string, body: Buffer | string) {
    const request = client.request({
      ":method": "POST",
      ":path": `/${KitchenService.typeName}/${method}`,
      "content-type": type,
      "accept-encoding": "gzip",
      "connect-accept-encoding": "gzip",
      "grpc-accept-encoding": "gzip",
    });
    let trailers: http2.IncomingHttpHeaders = {};
    request.on("trailers", (it) => {
      trailers = it;
    });
    request.end(body);
    const [headers] = await once(request, "response");
    const answer = await buffer(request);
    const text = headers["content-encoding"] === "gzip" ? gunzipSync(answer) : answer;
    return `${JSON.stringify({ ...headers, ...trailers })} ${text}`;
  }

  for (const [what, body] of Object.entries(bodies)) {
    for (const type of ["application/grpc+json", "application/grpc-web+json", "application/connect+json"]) {
      const methods = ["BrewDrink", "WatchBrew", "BrewRound", "BrewToOrder"].slice(
        type.includes("connect") ? 1 : 0,
      );
      for (const method of methods) {
        const answer = await ask(method, type, frame(body));
        assert.ok(answer.length < 2_000, `${what}: ${method} over ${type} answers ${answer.length} bytes`);
        assert.match(answer, /x{100}|decode/, `${method} over ${type}: ${answer}`);
      }
    }
    const answer = await ask("BrewDrink", "application/json", body);
    assert.ok(answer.length < 2_000, `${what}: unary Connect answers ${answer.length} bytes`);
    assert.match(answer, /x{100}|decode/);
  }
});
