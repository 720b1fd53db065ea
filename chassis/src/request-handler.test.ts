import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { Code, ConnectError } from "@connectrpc/connect";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { pino } from "pino";
import { createRequestHandler } from "./request-handler.ts";

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR } = http2.constants;

for (const [name, code] of Object.entries({ NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR })) {
  test(`a request that is reset with ${name} is canceled, and no error of the service`, async (t) => {
    const ended = Promise.withResolvers<unknown>();
    const begun = Promise.withResolvers<void>();
    const handler = createRequestHandler({
      log: pino({ level: "silent" }),
      fallback: () => assert.fail("the path is an RPC's"),
      routes: (router) =>
        router.service(KitchenService, {
          async brewDrink(_request, { signal }) {
            begun.resolve();
            await once(signal, "abort");
            ended.resolve(signal.reason);
            throw signal.reason;
          },
        }),
    });
    const server = http2.createServer(handler).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    t.after(() => {
      client.destroy();
      server.close();
    });
    const request = client.request({
      ":method": "POST",
      ":path": `/${KitchenService.typeName}/BrewDrink`,
      "content-type": "application/json",
    });
    request.on("error", () => {
      // The reset that this test makes.
    });
    request.end("{}");
    await begun.promise;
    request.close(code);
    assert.equal(ConnectError.from(await ended.promise).code, Code.Canceled);
  });
}

for (const host of ["127.0.0.1:80,other", "[", "a:99999", "%"]) {
  test(`a request for the host "${host}" is answered with 400, and the service lives on`, async (t) => {
    const handler = createRequestHandler({
      log: pino({ level: "silent" }),
      fallback: () => assert.fail("the path is an RPC's"),
      routes: (router) => router.service(KitchenService, {}),
    });
    const server = http2.createServer(handler).listen(0, "127.0.0.1");
    await once(server, "listening");
    const client = http2.connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    t.after(() => {
      client.destroy();
      server.close();
    });
    const status = async (authority: Record<string, string>) => {
      const path = `/${KitchenService.typeName}/BrewDrink`;
      const request = client.request({ ":method": "POST", ":path": path, ...authority });
      request.resume().end();
      const [headers] = await once(request, "response");
      return headers[":status"];
    };
    assert.equal(await status({ ":authority": host }), 400);
    assert.equal(await status({}), 415, "another request, without a content type, is answered by Connect");
  });
}

test("a request of HTTP/1.0 without a host is answered with 400, and the service lives on", async (t) => {
  const handler = createRequestHandler({
    log: pino({ level: "silent" }),
    fallback: () => assert.fail("the path is an RPC's"),
    routes: (router) => router.service(KitchenService, {}),
  });
  const server = http.createServer(handler).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  socket.write(`POST /${KitchenService.typeName}/BrewDrink HTTP/1.0\r\n\r\n`);
  assert.match(await text(socket), /^HTTP\/1.1 400 /);
});
