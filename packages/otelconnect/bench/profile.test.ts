import assert from "node:assert/strict";
import { test } from "node:test";
import type { CpuProfile } from "./profile.ts";
import { placeNames, profileTable, timeByPlace } from "./profile.ts";

/** A profile of one sample for each function: its name, its file, and the microseconds it took. */
function profile(functions: readonly (readonly [string, string, number])[]): CpuProfile {
  return {
    nodes: functions.map(([functionName, url], id) => ({ id, callFrame: { functionName, url } })),
    samples: functions.map((_, id) => id),
    timeDeltas: functions.map(([, , time]) => time),
  };
}

const packages = "file:///repository/node_modules";

test("time is reported by the place of the function that ran, and idle time is not", () => {
  const times = timeByPlace([
    profile([
      ["(idle)", "", 1_000],
      ["(garbage collector)", "", 7],
      ["(program)", "", 1],
      ["writev", "", 2],
      ["traceCall", "file:///repository/packages/otelconnect/src/trace-call.ts", 3],
      ["with", `${packages}/@opentelemetry/api/dist/api/context.mjs`, 4],
      ["startSpan", `${packages}/@opentelemetry/sdk-trace/dist/Tracer.mjs`, 5],
      ["next", `${packages}/@connectrpc/connect/dist/esm/interceptor.js`, 6],
      ["request", "node:internal/http2/core", 8],
      ["get", "node:internal/deps/undici/undici", 9],
      ["run", "node:internal/async_local_storage/async_context_frame", 10],
      ["addEventListener", "node:internal/event_target", 11],
      ["write", "node:internal/streams/writable", 12],
    ]),
    profile([["(garbage collector)", "", 70]]),
  ]);
  assert.deepEqual(Object.fromEntries(times), {
    otelconnect: 3,
    "the floor and the benchmark": 0,
    "@opentelemetry/api": 4,
    "OpenTelemetry's SDK": 5,
    "Connect and protobuf": 6,
    "Node: HTTP": 8,
    "Node: Headers": 9,
    "Node: events and abort signals": 11,
    "Node: async context": 10,
    "Node: streams, timers and the rest": 12,
    "native code": 3,
    "garbage collection": 77,
  });
});

test("the table has a row a place and a sum", () => {
  const times = new Map(placeNames.map((name, i) => [name, i]));
  const lines = profileTable(new Map([["bare", times]])).split("\n");
  assert.equal(lines.length, placeNames.length + 3);
  assert.equal(lines.at(2), "| otelconnect | 0.0 |");
  assert.equal(lines.at(-1), "| together | 66.0 |");
});
