import assert from "node:assert/strict";
import { connect } from "node:net";
import { after, before, suite, test } from "node:test";
import { until } from "../until.ts";
import type { Ended } from "./client.ts";
import { connectTo } from "./client.ts";
import type { EnvoyAlone, EnvoyPart } from "./envoy-alone.ts";
import { doors, startEnvoys } from "./envoy-alone.ts";
import type { StandIn } from "./stand-in.ts";
import { startStandIn } from "./stand-in.ts";

// The limits of time of every Envoy, each within reach. What is of interest is which of two ends first, and why.
const changes = {
  "idle_timeout: 300s": "idle_timeout: 4s",
  "max_stream_duration: 3600s": "max_stream_duration: 10s",
  "timeout: 15s": "timeout: 4s",
  "request_headers_timeout: 5s": "request_headers_timeout: 2s",
};
/** The edge waits for the whole of a unary request, and less long than for a stream. */
const changesOf = (part: EnvoyPart) =>
  part === "edge" ? { ...changes, "idle_timeout: 20s": "idle_timeout: 4s" } : changes;

let standIn: StandIn;
let envoys: Record<EnvoyPart, EnvoyAlone>;
before(async () => {
  standIn = await startStandIn();
  envoys = await startEnvoys(standIn.port, changesOf);
});
after(async () => {
  await Promise.all(Object.values(envoys ?? {}).map((it) => it.stop()));
  standIn.stop();
});

/** What an Envoy's access log says of why a request ended. */
async function reasonOf(envoy: EnvoyAlone, { traceId }: Ended): Promise<unknown> {
  const line = () => envoy.lines().find((it) => String(it.traceparent).includes(traceId));
  return (await until(line, (it) => it !== undefined))?.details;
}

suite("nothing holds a place for ever", { concurrency: true, timeout: 60_000 }, () => {
  for (const { part, port, paths } of doors) {
    test(`${part}, port ${port}: streams on which nothing moves end, and then those that live for too long`, async () => {
      const envoy = envoys[part];
      const caller = connectTo(envoy.port(port));
      const ask = { path: paths.stream, request: "open" } as const;
      try {
        const [silent, begun, unread, chat] = await Promise.all([
          caller.ask({ ...ask, deed: "silence" }),
          caller.ask({ ...ask, deed: "begin" }),
          caller.ask({ ...ask, deed: "flood", isRead: false }),
          caller.ask({ ...ask, deed: "chat" }),
        ]);
        for (const idle of [silent, begun, unread]) {
          assert.equal(await reasonOf(envoy, idle), "stream_idle_timeout");
          assert.ok(idle.endedAt < chat.endedAt, "what moves goes on");
        }
        assert.equal(await reasonOf(envoy, chat), "max_duration_timeout");
        assert.notEqual(begun.reset, 0, "an answer that has begun can only be cut off");
        if (part === "edge") {
          assert.deepEqual(
            [silent.grpcStatus, silent.grpcMessage],
            ["14", "nothing moved on this call for as long as the edge waits"],
          );
        }
      } finally {
        caller.close();
      }
    });

    test(`${part}, port ${port}: a unary call that nobody answers ends`, async () => {
      const caller = connectTo(envoys[part].port(port));
      try {
        const ended = await caller.ask({ path: paths.unary, deed: "silence" });
        assert.equal(await reasonOf(envoys[part], ended), "response_timeout");
        assert.equal(ended.grpcStatus, "14");
      } finally {
        caller.close();
      }
    });

    test(`${part}, port ${port}: a unary call whose request does not end ends`, async () => {
      const caller = connectTo(envoys[part].port(port));
      try {
        const ended = await caller.ask({ path: paths.unary, deed: "silence", request: "open" });
        assert.equal(await reasonOf(envoys[part], ended), "stream_idle_timeout");
      } finally {
        caller.close();
      }
    });

    test(`${part}, port ${port}: a connection without work is closed, and so is one whose headers do not come`, async () => {
      const idle = connectTo(envoys[part].port(port));
      const socket = connect(envoys[part].port(port), "127.0.0.1");
      let answer = "";
      let isClosed = false;
      socket.on("data", (chunk) => (answer += chunk));
      socket.on("close", () => (isClosed = true));
      socket.write(`POST ${paths.unary} HTTP/1.1\r\nhost: localhost\r\nx-a: `);
      try {
        assert.ok(await until(() => isClosed, Boolean), "it is not open for ever");
        assert.match(answer, /^HTTP\/1\.1 408 /);
        assert.ok(await until(idle.isGone, Boolean), "the idle connection is told to go");
      } finally {
        idle.close();
        socket.destroy();
      }
    });
  }
});
