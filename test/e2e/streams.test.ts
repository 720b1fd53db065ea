import assert from "node:assert/strict";
import * as http2 from "node:http2";
import { test } from "node:test";
import { createTransports } from "@envoy-mesh-lab/connections";
import { call, findRpc } from "@envoy-mesh-lab/load";
import { allWell } from "./faults.ts";
import { aRequest, edgeUrl, traceOf, until } from "./mesh.ts";

const connections = 11;
/** What the edge lets one connection have (`max_concurrent_streams`). */
const streamsEach = 100;
/** Streams that an Envoy passes on at once (`circuit_breakers` of class HIGH). */
const streamsInAll = 256;

/** Opens streams on which nothing is ever sent, on connections of their own. */
function holdStreams() {
  const refusals: string[] = [];
  const sessions = Array.from({ length: connections }, () => http2.connect(edgeUrl));
  for (const session of sessions) {
    // They are cut in the end, which is no failure here.
    session.on("error", () => undefined);
    for (let i = 0; i < streamsEach; i++) {
      const headers = { "content-type": "application/grpc", te: "trailers" };
      const path = "/cafe.v1.CafeService/ServeTable";
      const stream = session.request({ ":method": "POST", ":path": path, ...headers }, { endStream: false });
      stream.on("error", () => undefined);
      stream.on("response", (it) => {
        if (it["grpc-status"]) refusals.push(`${it["grpc-status"]} ${it["grpc-message"]}`);
      });
    }
  }
  const release = () => {
    for (const session of sessions) session.destroy();
  };
  return { refusals, release };
}

test("eleven connections that hold 1,100 streams take no unary call away, and others' streams are served or refused at once", async () => {
  const transports = createTransports({ url: edgeUrl });
  const held = holdStreams();
  try {
    const expectedRefusals = connections * streamsEach - streamsInAll;
    await until(
      () => held.refusals.length,
      (it) => it >= expectedRefusals,
    );
    assert.ok(held.refusals.length >= expectedRefusals, `${held.refusals.length} were refused`);
    for (const refusal of new Set(held.refusals)) {
      assert.match(refusal, /^14 /, "unavailable");
    }
    const unary = [];
    for (let i = 0; i < 20; i++) unary.push(await call(transports.grpc, aRequest()));
    assert.deepEqual(
      unary.filter(({ code }) => code !== "ok").map(({ message, traceId }) => `${message} (${traceId})`),
      [],
    );
    assert.equal((await traceOf(unary[0] ?? {})).spans.length, 11, "and their traces are whole");
    for (const transport of [transports.grpc, transports.connect]) {
      // One of the held may have been given up meanwhile, further on.
      const other = await call(transport, aRequest({ rpc: findRpc("ServeTable", undefined) }));
      assert.ok(["unavailable", "ok"].includes(other.code), `${other.code} ${other.message}`);
    }
  } finally {
    held.release();
    transports.close();
  }
  const again = createTransports({ url: edgeUrl });
  try {
    const served = await until(
      () => call(again.grpc, aRequest({ rpc: findRpc("ServeTable", undefined) })),
      (it) => it.code === "ok",
    );
    assert.equal(served.code, "ok", "once they are released, streams are served again");
  } finally {
    again.close();
  }
  await allWell();
});
