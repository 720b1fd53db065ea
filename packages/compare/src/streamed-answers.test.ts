import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { decompose } from "./decompose.ts";
import { byKey } from "./testing/made-span.ts";

/** A service that sends on what another one streams: its CLIENT span ends with the headers, after 20 ms. */
const stream = ({ web = "0-100", from = 10, says = "http.response.body", host = "" } = {}) =>
  drawnTrace(`
    web SERVER ${web} ${host}
      web CLIENT 10-20 ${host}
        rates SERVER ${from}-${from + 80} ${host}
          rates INTERNAL ${from + 5}-${from + 6} asgi.event.type=http.response.start ${host}
          rates INTERNAL ${from + 70}-${from + 71} asgi.event.type=${says} ${host}`);

/** The time of each hop until the answer, in ms. */
function inMs(trace: ReturnType<typeof stream>): Record<string, number> {
  const parts = Object.entries(byKey(decompose(trace).parts));
  return Object.fromEntries(parts.map(([key, ns]) => [key, ns / 1e6]));
}

suite("awaitStreamed", () => {
  test("a call lasts until its answer had been sent, on any clock", () => {
    for (const from of [10, 0, 5000]) {
      const trace = stream({ from });
      assert.deepEqual(inMs(trace), { "app web": 29, "app rates": 71 });
      assert.deepEqual([decompose(trace).notes.streamed, decompose(trace).notes.streamedNs], [1, 61e6]);
    }
    // On one clock the way to the answer is known too.
    assert.deepEqual(inMs(stream({ from: 13, host: "resource.host.id=one" })), {
      "app web": 26,
      "network web \u2192 rates": 3,
      "app rates": 71,
    });
  });

  test("not beyond what the caller itself had answered", () => {
    assert.deepEqual(inMs(stream({ web: "0-60" })), { "app web": 10, "app rates": 50 });
  });

  test("not where nothing says that it was sent: the answering side may have worked on by itself", () => {
    assert.deepEqual(inMs(stream({ says: "http.response.trailers" })), { "app web": 90, "app rates": 10 });
  });
});
