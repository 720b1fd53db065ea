import assert from "node:assert/strict";
import { request } from "node:http";
import * as http2 from "node:http2";
import { test } from "node:test";
import { createCleartextServer } from "./cleartext-server.ts";
import { hostOf, onlyKnownHosts } from "./known-hosts.ts";

test("the name of a request is that of its authority, without the port", () => {
  assert.equal(hostOf({ host: "Gateway:8081" }), "gateway");
  assert.equal(hostOf({ host: "[::1]:8081" }), "[::1]");
  assert.equal(hostOf({ host: "127.0.0.1" }), "127.0.0.1");
  assert.equal(hostOf({ ":authority": "edge:80", host: "evil.example" }), "edge");
  for (const host of ["", "a:b:c", "user@localhost", "localhost:80@evil.example", "[::1", "localhost:x"]) {
    assert.equal(hostOf({ host }), undefined, host);
  }
  assert.equal(hostOf({}), undefined);
});

test("only what was sent to a known name gets through, over both versions of HTTP", async (t) => {
  const server = createCleartextServer(
    onlyKnownHosts(["gateway"], (_, response) => {
      response.end("served");
    }),
  );
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  t.after(() => {
    server.drain();
    server.destroy();
  });
  const overHttp1 = (host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      request({ port, host: "127.0.0.1", headers: { host }, agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode);
      })
        .once("error", reject)
        .end();
    });
  const overHttp2 = (authority: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const session = http2.connect(`http://127.0.0.1:${port}`).once("error", reject);
      session.request({ ":authority": authority }).once("response", (headers) => {
        resolve(headers[":status"]);
        session.close();
      });
    });
  for (const ask of [overHttp1, overHttp2]) {
    assert.equal(await ask(`127.0.0.1:${port}`), 200);
    assert.equal(await ask("LOCALHOST"), 200);
    assert.equal(await ask("gateway:8081"), 200);
    assert.equal(await ask("evil.example"), 421);
    assert.equal(await ask(`127.0.0.1.evil.example:${port}`), 421);
  }
});
