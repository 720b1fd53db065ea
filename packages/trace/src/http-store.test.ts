import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { askStore } from "./http-store.ts";
import { fetchFromStore } from "./other-stores.ts";
import { fetchTrace, findTraces } from "./tempo.ts";

const secret = "t0p-s3cret";
const id = "1".repeat(32);

suite("a store of traces that means ill", () => {
  let url = "";
  let asked = 0;
  let answer: (response: ServerResponse) => unknown = (it) => it.end();
  const server = createServer((_, response) => {
    asked++;
    answer(response);
  });
  before(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const store = () => ({
    url,
    headers: { authorization: `Bearer ${secret}`, "x-scope-orgid": "team-blue" },
    asker: "meshtrace",
  });
  const window = { startMs: 0, endMs: 1000, limit: 1 };
  /** What each store's client says of an answer. */
  const told = async (how: typeof answer) => {
    answer = how;
    const ask: (() => Promise<unknown>)[] = [
      () => fetchTrace(store(), id),
      () => findTraces(store(), { query: "{}", ...window }),
      () => fetchFromStore("jaeger", store(), id),
      () => fetchFromStore("zipkin", store(), id),
    ];
    const errors = await Promise.all(
      ask.map((it) =>
        it().then(
          () => assert.fail("it took that"),
          (error: Error & { hint: string; exitCode: number }) => error,
        ),
      ),
    );
    for (const { message, hint, exitCode } of errors) {
      assert.equal(exitCode, 3, message);
      for (const text of [message, hint]) {
        assert.ok(!text.includes(secret) && !text.includes("team-blue"), `${text} shows a header`);
        assert.doesNotMatch(text, /`lab/, "nobody who asks has the lab");
      }
    }
    return errors.map(({ message, hint }) => `${message}\n${hint}`);
  };

  for (const [status, hint] of [
    [401, /--header/],
    [403, /--header/],
    [500, /its log/],
  ] as const) {
    test(`answers ${status}, with the headers that it got: they are not shown`, async () => {
      const sent = `who is Bearer ${secret} of team-blue, or ${secret}?`;
      for (const it of await told((response) => response.writeHead(status).end(sent))) {
        assert.match(it, new RegExp(`answered ${status} to /api/.*: who is … of …, or …\\?\n`));
        assert.match(it, hint);
      }
    });
  }

  test("answers 429: it is asked again when it says, and not waited for an hour", async () => {
    const start = performance.now();
    asked = 0;
    answer = (response) =>
      asked === 1 ? response.writeHead(429, { "retry-after": "1" }).end() : response.end("{}");
    assert.deepEqual(await askStore(url, "/"), { status: 200, ok: true, text: "{}" });
    // Not sooner than it said.
    assert.ok(performance.now() - start >= 990);
    assert.equal(asked, 2);
    const inAnHour = new Date(Date.now() + 3_600_000).toUTCString();
    for (const when of ["3600", inAnHour]) {
      asked = 0;
      for (const it of await told((response) => response.writeHead(429, { "retry-after": when }).end("no"))) {
        assert.match(it, /answered 429 .*: no\n.*try again later/);
      }
      assert.equal(asked, 4, "once each");
    }
  });

  test("redirects: it is not followed with headers, and the place is reported", async () => {
    const location = `http://user:${secret}@elsewhere.example/x?token=${secret}`;
    asked = 0;
    for (const it of await told((response) => response.writeHead(302, { location }).end())) {
      assert.match(it, /redirects \(302\) to http:\/\/elsewhere\.example, which is not followed/);
    }
    assert.equal(asked, 4);
    for (const it of await told((response) => response.writeHead(301).end())) {
      assert.match(it, /redirects \(301\) to another place/);
    }
  });

  test("answers with a page, and with JSON that is none", async () => {
    for (const it of await told((response) => response.end(`<html><p>${secret}`))) {
      assert.match(it, /does not answer as (Tempo|Jaeger|Zipkin) does: .*<html><p>…/);
    }
    for (const it of await told((response) => response.end('{"a":'))) assert.match(it, /does not answer as/);
  });

  test("breaks off", async () => {
    for (const it of await told((response) => response.write("{", () => response.destroy()))) {
      assert.match(it, /cannot reach (Tempo|Jaeger|Zipkin) at http:\/\/127\.0\.0\.1:\d+: /);
    }
  });

  const limits = { answerMs: 300, busyMs: 300, bytes: 1 << 20 };

  test("drips, or says nothing: it is waited for so long", async () => {
    answer = async (response) => {
      while (!response.destroyed) {
        response.write(" ");
        await delay(20);
      }
    };
    await assert.rejects(askStore(url, "/", undefined, limits), {
      message: "its answer was not there, or not whole, after 0.3 s",
    });
    answer = () => {};
    await assert.rejects(askStore(url, "/", undefined, limits), { message: /after 0\.3 s/ });
  });

  test("answers without an end, or with what is small only packed: so much is read", async () => {
    const much = { ...limits, answerMs: 60_000 };
    answer = (response) => {
      const more = () => {
        while (response.write(Buffer.alloc(1 << 16, 32)));
      };
      response.on("drain", more);
      more();
    };
    const tooMuch = { message: /has more than 1 MiB/ };
    await assert.rejects(askStore(url, "/", undefined, much), tooMuch);
    const packed = gzipSync(Buffer.alloc(64 << 20, 32));
    answer = (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(packed);
    await assert.rejects(askStore(url, "/", undefined, much), tooMuch);
  });
});
