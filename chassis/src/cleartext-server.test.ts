import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import * as http2 from "node:http2";
import * as net from "node:net";
import { after, test } from "node:test";
import { eventually } from "../testing/index.ts";
import type { CleartextServer } from "./cleartext-server.ts";
import { createCleartextServer } from "./cleartext-server.ts";
import type { RequestHandler } from "./request-handler.ts";

const servers: CleartextServer[] = [];
after(() => {
  for (const server of servers) {
    server.destroy();
    server.drain();
  }
});

async function serve(handler: RequestHandler) {
  const server = createCleartextServer(handler);
  servers.push(server);
  const { port } = await server.listen({ host: "127.0.0.1", port: 0 });
  return { server, port };
}

const echo: RequestHandler = (request, response) => {
  response.writeHead(200);
  response.end(`${request.method} ${request.httpVersion}`);
};

/** A request over HTTP/1.1 on a connection of its own. */
function http1(port: number, method: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request({ port, host: "127.0.0.1", method, agent: false }, (response) => {
      Array.fromAsync(response).then((chunks) => resolve(Buffer.concat(chunks).toString()), reject);
    });
    request.on("error", reject);
    request.end();
  });
}

/** A request over an HTTP/2 connection; resolves with status and body. */
async function http2Request(session: http2.ClientHttp2Session, path = "/"): Promise<string> {
  const stream = session.request({ ":path": path });
  const chunks: Buffer[] = await Array.fromAsync(stream);
  return Buffer.concat(chunks).toString();
}

test("one port answers HTTP/1.1 and HTTP/2", async () => {
  const { port } = await serve(echo);
  // POST, PUT and PATCH begin like the preface of HTTP/2.
  for (const method of ["GET", "POST", "PUT", "PATCH"]) {
    assert.equal(await http1(port, method), `${method} 1.1`);
  }
  const session = http2.connect(`http://127.0.0.1:${port}`);
  assert.equal(await http2Request(session), "GET 2.0");
  session.close();
});

test("the first bytes may come one by one", async () => {
  const { port } = await serve(echo);
  const socket = net.connect(port, "127.0.0.1");
  socket.setNoDelay(true);
  for (const letter of "PUT / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n") {
    await new Promise((resolve) => socket.write(letter, resolve));
  }
  const answer = Buffer.concat(await Array.fromAsync(socket)).toString();
  assert.match(answer, /^HTTP\/1\.1 200 OK/);
  assert.match(answer, /PUT 1\.1/);
});

test("a drained server finishes what is in flight, over both versions, and takes no more", async () => {
  const waiting: (() => void)[] = [];
  const { server, port } = await serve((_request, response) => {
    waiting.push(() => {
      response.writeHead(200);
      response.end("finished");
    });
  });
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const answers = [http2Request(session), http1(port, "GET")];
  await eventually("both requests", () => waiting.length === 2);
  server.drain();
  await eventually("the GOAWAY", () => session.closed);
  await assert.rejects(http1(port, "GET"), { code: "ECONNREFUSED" });
  let idle = false;
  const idling = server.idle().then(() => {
    idle = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(idle, false);
  for (const finish of waiting) {
    finish();
  }
  assert.deepEqual(await Promise.all(answers), ["finished", "finished"]);
  await idling;
});

test("an idle HTTP/1.1 connection does not hold up the drain", async () => {
  const { server, port } = await serve(echo);
  const socket = net.connect(port, "127.0.0.1");
  socket.write("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await new Promise((resolve) => socket.once("data", resolve));
  const ended = new Promise((resolve) => socket.once("end", resolve));
  server.drain();
  await ended;
  await server.idle();
});

test("a request that is answered before it is sent to its end does not stay open", async () => {
  const { server, port } = await serve(echo);
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const stream = session.request({ ":method": "POST" }, { endStream: false });
  stream.write("there is more to come");
  stream.resume();
  await new Promise((resolve) => stream.once("end", resolve));
  await server.idle();
  session.destroy();
});

for (const reset of [false, true]) {
  test(`a request of which more was sent than is read does not stay open${reset ? " after a reset" : ""}`, async () => {
    const { server, port } = await serve(async (request, response) => {
      for await (const _ of request.iterator({ destroyOnReturn: false })) {
        break;
      }
      // The client sends on until nobody has read what the connection may hold.
      await eventually("unread data", () => "stream" in request && request.stream.readableLength > 30_000);
      response.writeHead(200);
      response.end("enough");
    });
    const session = http2.connect(`http://127.0.0.1:${port}`);
    const stream = session.request({ ":method": "POST" }, { endStream: false });
    stream.write(Buffer.alloc(1_000_000));
    stream.resume();
    await once(stream, "end");
    if (reset) {
      // As an Envoy (1.40) resets a request whose answer it has.
      stream.close(http2.constants.NGHTTP2_NO_ERROR);
    }
    await server.idle();
    server.drain();
    await server.closed();
    session.destroy();
  });
}

test("an address that is taken is an error", async () => {
  const { port } = await serve(echo);
  const second = createCleartextServer(echo);
  await assert.rejects(second.listen({ host: "127.0.0.1", port }), { code: "EADDRINUSE" });
});
