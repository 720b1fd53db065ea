import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:http";
import { suite, test } from "node:test";
import { lab } from "./lab-command.ts";
import { edgeUrl, mesh, until } from "./mesh.ts";

const rpc = "/cafe.v1.CafeService/OrderDrink";
const json = { "content-type": "application/json" };
const body = JSON.stringify({ name: "espresso" });

/** What a caller may send that is nobody's business, each with a word of its own to look for. */
interface Sent {
  method?: string;
  path: string;
  headers?: Record<string, string>;
  body?: string;
}
const sends: Record<string, (secret: string) => Sent> = {
  "in a query": (it) => ({ path: `${rpc}?apikey=${it}`, headers: json, body }),
  "in a query that gRPC does not have": (it) => ({
    path: `${rpc}?apikey=${it}`,
    headers: { "content-type": "application/grpc" },
    body,
  }),
  "in the message of a Connect GET": (it) => ({
    method: "GET",
    path: `${rpc}?connect=v1&encoding=json&message=${encodeURIComponent(JSON.stringify({ name: it }))}`,
  }),
  "in the query of a path that nobody serves": (it) => ({ method: "GET", path: `/login?token=${it}&${it}` }),
  "as a password in the URL": (it) => ({ path: `http://guest:${it}@127.0.0.1${rpc}`, headers: json, body }),
  "as a password in the Host": (it) => ({
    path: rpc,
    headers: { ...json, host: `guest:${it}@127.0.0.1` },
    body,
  }),
  "in the referer": (it) => ({
    path: rpc,
    headers: { ...json, referer: `http://shop.example/?session=${it}` },
    body,
  }),
  "in a cookie": (it) => ({ path: rpc, headers: { ...json, cookie: `session=${it}` }, body }),
  "in authorization": (it) => ({ path: rpc, headers: { ...json, authorization: `Bearer ${it}` }, body }),
  "in a header of the caller's own": (it) => ({ path: rpc, headers: { ...json, "x-api-key": it }, body }),
};

/** Sends it as it is, which fetch would not, in a trace of its own; the id of that trace. */
async function send({ method = "POST", path, headers = {}, body: text }: Sent): Promise<string> {
  const traceId = randomBytes(16).toString("hex");
  const traceparent = `00-${traceId}-${randomBytes(8).toString("hex")}-01`;
  const { hostname, port } = new URL(edgeUrl);
  const sent = request({ hostname, port, method, path, headers: { ...headers, traceparent } });
  sent.end(text);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  answer.resume();
  await once(answer, "end");
  return traceId;
}

/** A trace as Tempo keeps it, with every attribute; empty until it is there. */
async function stored(traceId: string): Promise<string> {
  const answer = await fetch(`${mesh.urls.tempo}/api/v2/traces/${traceId}`);
  return answer.ok ? answer.text() : "";
}

suite("a secret is neither logged nor stored", () => {
  for (const [place, make] of Object.entries(sends)) {
    test(place, async () => {
      const secret = `secret${randomBytes(8).toString("hex")}`;
      const traceId = await send(make(secret));
      // The edge's log line comes after all others of a request, and its spans are the last to end.
      const logs = () =>
        mesh.services.flatMap(({ name, log }) =>
          log === undefined ? [] : [[name, readFileSync(log, "utf8")] as const],
        );
      const isLogged = await until(
        () => logs().some(([name, text]) => name === "edge" && text.includes(traceId)),
        (it) => it,
      );
      assert.ok(isLogged, "the edge has logged the request");
      const trace = await until(
        () => stored(traceId),
        (it) => it.includes('"edge"'),
      );
      assert.match(trace, /"edge"/, "Tempo has the edge's span");

      const places = [...logs(), ["Tempo", trace] as const];
      assert.deepEqual(
        places.flatMap(([name, text]) => (text.includes(secret) ? [name] : [])),
        [],
      );
    });
  }

  test("but that there was a query is reported, and `lab trace` shows no more than that", async () => {
    const traceId = await send({ method: "GET", path: "/login?token=secret" });
    const trace = await until(
      () => stored(traceId),
      (it) => it.includes('"edge"'),
    );
    assert.match(trace, /\/login\?REDACTED"/);
    const { code, stdout } = await lab("trace", traceId);
    assert.equal(code, 0);
    assert.match(stdout, /\/login/);
    assert.doesNotMatch(stdout, /secret/);
  });
});

test("the Collector redacts the URLs of spans that others send", async () => {
  const traceId = randomBytes(16).toString("hex");
  const secret = `secret${randomBytes(8).toString("hex")}`;
  const url = `https://guest:${secret}@shop.example/cart?token=${secret}&${secret}#${secret}`;
  const attributes = {
    "url.full": url,
    "http.url": url,
    "http.target": `/cart?${secret}`,
    "url.query": secret,
  };
  const span = {
    traceId,
    spanId: randomBytes(8).toString("hex"),
    name: "GET /cart",
    startTimeUnixNano: `${Date.now()}000000`,
    endTimeUnixNano: `${Date.now()}000000`,
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: { stringValue: value } })),
  };
  const answer = await fetch(`http://127.0.0.1:${mesh.hostPort("otel-collector", 4318)}/v1/traces`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  assert.equal(answer.status, 200, await answer.text());
  const trace = await until(
    () => stored(traceId),
    (it) => it.includes("/cart"),
  );
  assert.match(trace, /"https:\/\/REDACTED:REDACTED@shop\.example\/cart\?REDACTED"/);
  assert.ok(!trace.includes(secret), trace);
});

test("what a caller writes onto the Envoys' spans is cut to a length", async () => {
  const long = (letter: string) => letter.repeat(4_000);
  const traceId = await send({
    method: "PATCH",
    path: `/${long("p")}?${long("q")}`,
    headers: {
      "content-type": `application/grpc+${long("t")}`,
      host: long("h"),
      "user-agent": long("u"),
      "x-client-trace-id": long("c"),
      "grpc-timeout": long("9"),
      tracestate: `lab=${long("s")}`,
    },
  });
  const text = await until(
    () => stored(traceId),
    (it) => it.includes('"edge"'),
  );
  assert.match(text, /"edge"/);
  const strings = [...text.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, it = ""]) => it);
  assert.deepEqual(
    strings.filter((it) => Buffer.byteLength(it) > 256).map((it) => `${it.slice(0, 20)}… (${it.length})`),
    [],
  );
  assert.ok(Buffer.byteLength(text) < 8_000, `${Buffer.byteLength(text)} bytes`);
});
