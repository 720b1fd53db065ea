import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { samples } from "../testing/places.ts";
import { searchTraces } from "./input/search.ts";
import { fetchTrace, findTraces } from "./tempo.ts";

const answer = JSON.parse(readFileSync(join(samples, "five-calls", "tempo-v2.json"), "utf8"));
const traceId = "9c6b665def7f65f42b292451f54b568b";

// What Tempo 2.8 answers; the answer to the search is cut down to what is read of it.
suite("Tempo", () => {
  let base: string;
  const asked: URL[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url as string, "http://tempo");
    asked.push(url);
    const reply = (status: number, body: unknown) =>
      response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
    if (url.pathname === "/api/search") {
      const q = url.searchParams.get("q");
      if (q === "{ bad") return reply(400, "invalid TraceQL query: parse error");
      return reply(200, { traces: q === "{ none }" ? [] : [{ traceID: traceId, startTimeUnixNano: "1" }] });
    }
    if (url.pathname === `/api/v2/traces/${traceId}`) return reply(200, answer);
    if (url.pathname === "/api/v2/traces/partial") {
      return reply(200, { ...answer, status: "PARTIAL", message: "too large" });
    }
    if (url.pathname === "/api/v2/traces/busy") {
      const isFirst = asked.filter((it) => it.pathname === url.pathname).length === 1;
      return isFirst ? reply(429, "job queue full") : reply(200, answer);
    }
    if (url.pathname === "/api/v2/traces/away") return reply(503, "no healthy upstream");
    return reply(404, "trace not found");
  });
  before(async () => {
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  const search = (query: string) =>
    Array.fromAsync(
      searchTraces(base, { query, startMs: 1_000_500, endMs: 2_000_500, limit: 5 }, assert.fail),
    );

  test("a search gives the traces that are found, and asks for its window in whole seconds", async () => {
    const traces = await search("{ status = error }");
    assert.deepEqual(
      traces.map((it) => it.traceId),
      [traceId],
    );
    const url = asked.find((it) => it.searchParams.get("q") === "{ status = error }");
    assert.equal(url?.searchParams.get("start"), "1000");
    assert.equal(url?.searchParams.get("end"), "2002");
    assert.equal(url?.searchParams.get("limit"), "5");
  });

  test("a Tempo that has too much to do is asked again", async () => {
    assert.equal((await fetchTrace(base, "busy"))?.traceId, traceId);
    assert.equal(asked.filter((it) => it.pathname.endsWith("/busy")).length, 2);
  });

  test("a search that finds nothing, and one that is no TraceQL, are errors", async () => {
    await assert.rejects(search("{ none }"), { name: "LabError", exitCode: 10, message: /finds no trace/ });
    await assert.rejects(search("{ bad"), { name: "LabError", exitCode: 2, message: /invalid TraceQL/ });
  });

  test("a proxy before Tempo that cannot reach it is told as Tempo that cannot be reached", async () => {
    await assert.rejects(fetchTrace(base, "away"), {
      name: "LabError",
      exitCode: 3,
      message: `cannot reach Tempo at ${base}: 503 no healthy upstream`,
    });
  });

  test("another server than Tempo is an error that says so", async (t) => {
    const page = createServer((_, response) => response.end("<!doctype html><title>Not Tempo</title>"));
    await new Promise<void>((done) => page.listen(0, "127.0.0.1", done));
    t.after(() => page.close());
    const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
    const wrong = { name: "LabError", exitCode: 3, message: /does not answer as Tempo does: .*<!doctype/ };
    await assert.rejects(fetchTrace(url, traceId), wrong);
    await assert.rejects(findTraces(url, { query: "{}", startMs: 0, endMs: 1, limit: 1 }), wrong);
  });

  test("a trace that is unknown is undefined, and one that is not whole says so", async () => {
    assert.equal(await fetchTrace(base, "0".repeat(32)), undefined);
    const trace = await fetchTrace(base, "partial");
    assert.deepEqual(
      trace?.quirks?.map((it) => it.code),
      ["partial-answer"],
    );
  });
});
