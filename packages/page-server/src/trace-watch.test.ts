import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, suite, test } from "node:test";
import type { Trace } from "@envoy-mesh-lab/trace";
import { toOtlpJson } from "@envoy-mesh-lab/trace";
import { recordedTrace } from "@envoy-mesh-lab/trace/testing";
import type { Watched } from "./trace-watch.ts";
import { watchTraces } from "./trace-watch.ts";

/** What Tempo has: it grows while it is watched. The stage `page` watches a real one. */
const stored = new Map<string, Trace>();
const searches: URLSearchParams[] = [];
let isBroken = false;

const server = createServer((request, response) => {
  const url = new URL(request.url ?? "", "http://tempo");
  const say = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
  if (isBroken) return say(503, {});
  if (url.pathname !== "/api/search") {
    const trace = stored.get(url.pathname.split("/").at(-1) ?? "");
    return trace ? say(200, { trace: JSON.parse(toOtlpJson([trace])) }) : say(404, {});
  }
  searches.push(url.searchParams);
  return say(200, {
    traces: [...stored.values()].map(({ traceId, spans }) => ({
      traceID: traceId.replace(/^0+/, ""),
      startTimeUnixNano: `${spans[0]?.startNs}`,
      serviceStats: { all: { spanCount: spans.length } },
    })),
  });
});

const whole = recordedTrace("whole");
const withId = (id: number, spans = whole.spans): Trace => {
  const traceId = id.toString(16).padStart(32, "0");
  return { traceId, spans: spans.map((it) => ({ ...it, traceId })) };
};
const store = (trace: Trace) => stored.set(trace.traceId, trace);

suite("traces as they come", { timeout: 20_000 }, () => {
  let tempo = "";
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    tempo = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server.close());

  const watched = (signal: AbortSignal, query = "{}") =>
    watchTraces({
      tempo: async () => tempo,
      query,
      sinceMs: 3_600_000,
      limit: 7,
      expected: undefined,
      signal,
    });

  async function next(watch: AsyncGenerator<Watched>): Promise<Watched> {
    const { value } = await watch.next();
    return value as Watched;
  }

  test("those that are there, then that this was all, then each that comes or grows, once", async () => {
    const abort = new AbortController();
    store(withId(1));
    const watch = watched(abort.signal);
    const first = await next(watch);
    assert.deepEqual([first.isListed, first.lines.map((it) => it.spans)], [false, [11]]);
    assert.deepEqual(await next(watch), { lines: [], isListed: true });
    store(withId(2, whole.spans.slice(0, 4)));
    const came = await next(watch);
    assert.deepEqual([came.isListed, came.lines.map((it) => it.spans)], [true, [4]]);
    store(withId(2));
    const grew = await next(watch);
    assert.deepEqual(
      grew.lines.map((it) => [it.traceId, it.spans]),
      [[withId(2).traceId, 11]],
    );
    abort.abort();
    assert.equal((await watch.next()).done, true);
  });

  test("the newest are asked for, unless the query says otherwise", async () => {
    for (const query of ["{ status = error }", "{} with (sample=0.1)"]) {
      searches.length = 0;
      const abort = new AbortController();
      const watch = watched(abort.signal, query);
      await next(watch);
      abort.abort();
      await watch.return(undefined);
      assert.equal(
        searches[0]?.get("q"),
        query.includes("with") ? query : `${query} with (most_recent=true)`,
      );
      assert.equal(searches[0]?.get("limit"), "7");
    }
  });

  test("a Tempo that is away is an error in words", async () => {
    isBroken = true;
    await assert.rejects(watched(new AbortController().signal).next(), /cannot reach Tempo/);
    isBroken = false;
  });
});
