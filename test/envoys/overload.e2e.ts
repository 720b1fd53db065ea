import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { patience, until } from "../until.ts";
import { connectTo } from "./client.ts";
import type { EnvoyAlone } from "./envoy-alone.ts";
import { doors, envoyParts, startEnvoy } from "./envoy-alone.ts";
import type { StandIn } from "./stand-in.ts";
import { startStandIn } from "./stand-in.ts";

// What each Envoy does as its heap fills. How full it is, a file says in place of the heap: Envoy's injected_resource, which it
// has for tests.
const heap = {
  "envoy.resource_monitors.fixed_heap": "envoy.resource_monitors.injected_resource",
  "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig":
    "envoy.extensions.resource_monitors.injected_resource.v3.InjectedResourceConfig",
};
const actions = [
  "disable_http_keepalive",
  "reduce_timeouts",
  "reset_high_memory_stream",
  "shrink_heap",
  "stop_accepting_connections",
  "stop_accepting_requests",
];
const floods = 20;

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
after(() => standIn.stop());

/** The actions of an Envoy that are at work in full, of all that it has. */
async function atWork(envoy: EnvoyAlone): Promise<{ all: string[]; active: string[] }> {
  const stats = await envoy.stats("^overload.envoy.overload_actions.*.active$");
  const nameOf = (stat: string) => stat.split(".")[3] ?? "";
  const names = Object.keys(stats).sort();
  return { all: names.map(nameOf), active: names.filter((it) => stats[it] === 1).map(nameOf) };
}

/** Whether an answer over HTTP/1 says that the connection is closed after it. */
function isToldToClose(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    request({ port, host: "127.0.0.1", path: "/elsewhere" }, (response) => {
      response.resume();
      resolve(response.headers.connection === "close");
    })
      .once("error", reject)
      .setHeader("connection", "keep-alive")
      .end();
  });
}

// What fills a heap is not of one door, so one of each Envoy is enough.
for (const part of envoyParts) {
  const door = doors.find((it) => it.part === part) ?? assert.fail(`${part} has no door`);
  suite(`${door.part}, as its heap fills`, { timeout: 3 * patience }, () => {
    const folder = mkdtempSync(join(tmpdir(), "heap-"));
    let envoy: EnvoyAlone;
    const fill = (share: number) => {
      // Envoy looks for a file that is moved to this place.
      writeFileSync(join(folder, "next"), String(share));
      renameSync(join(folder, "next"), join(folder, "share"));
    };
    before(async () => {
      fill(0);
      const changes = { ...heap, "max_heap_size_bytes: 209715200": `filename: ${join(folder, "share")}` };
      envoy = await startEnvoy({ part: door.part, upstream: standIn.port, changes });
    });
    after(async () => {
      await envoy?.stop();
      rmSync(folder, { recursive: true });
    });
    const connect = () => connectTo(envoy.port(door.port));
    const path = door.paths.stream;

    test("at 0 %, it has every action, and none is at work", async () => {
      assert.deepEqual(await atWork(envoy), { all: actions, active: [] });
      assert.equal(await isToldToClose(envoy.port(door.port)), false);
    });

    test("at 95 %, it resets the streams that hold most, ends those that do nothing, and keeps no connection", async () => {
      const caller = connect();
      const idle = connect();
      try {
        await idle.ask({ path });
        const before = await envoy.memory();
        const greedy = Array.from({ length: floods }, () =>
          caller.ask({ path, deed: "flood", request: "open", isRead: false }),
        );
        await until(envoy.memory, (it) => it > before + floods * 32_768);
        const silent = connect();
        const nothing = silent.ask({ path, deed: "silence", request: "open" });
        // As little below 95 % as is needed for requests to be taken still.
        fill(0.949);
        assert.ok((await Promise.all(greedy)).every((it) => it.reset !== 0));
        const name = "envoy.overload_actions.reset_high_memory_stream.count";
        assert.ok(((await envoy.stats(name))[name] ?? 0) >= floods);
        await nothing;
        assert.ok(await until(idle.isGone, Boolean));
        assert.equal(await isToldToClose(envoy.port(door.port)), true);
        silent.close();
      } finally {
        for (const it of [caller, idle]) it.close();
      }
    });

    test("at 96 %, it answers new requests with unavailable, and gives memory back", async () => {
      fill(0.96);
      const refused = await until(
        async () => {
          const caller = connect();
          return caller.ask({ path }).finally(caller.close);
        },
        (it) => it.grpcStatus === "14",
      );
      assert.deepEqual([refused.grpcStatus, refused.grpcMessage], ["14", "envoy overloaded"]);
      const name = "overload.envoy.overload_actions.shrink_heap.shrink_count";
      const shrunk = await until(
        () => envoy.stats(name),
        (it) => (it[name] ?? 0) > 0,
      );
      assert.ok((shrunk[name] ?? 0) > 0);
    });

    test("at 99 %, it takes no connection, still says how it is and still sends its spans; then all is well again", async () => {
      fill(0.99);
      const { active } = await until(
        () => atWork(envoy),
        (it) => it.active.length === actions.length,
      );
      assert.deepEqual(active, actions);
      const caller = connect();
      let isAnswered = false;
      const answer = caller.ask({ path }).finally(() => (isAnswered = true));
      const name = "tracing.opentelemetry.spans_sent";
      const sent = await until(
        () => envoy.stats("^(tracing.opentelemetry.spans_sent|cluster.spans.upstream_rq_active)$"),
        (it) => it["cluster.spans.upstream_rq_active"] === 0,
      );
      assert.ok((sent[name] ?? 0) > 0 && standIn.exports() > 0);
      assert.equal(isAnswered, false);
      fill(0);
      assert.equal((await answer).grpcStatus, "0");
      caller.close();
      assert.deepEqual((await atWork(envoy)).active, []);
    });
  });

  suite(`${door.part}, with real limits`, () => {
    const start = (from: string, to: string) =>
      startEnvoy({ part: door.part, upstream: standIn.port, changes: { [from]: to } });

    test("a heap that is full has all actions at work", async () => {
      const envoy = await start("max_heap_size_bytes: 209715200", "max_heap_size_bytes: 1000000");
      try {
        const { active } = await until(
          () => atWork(envoy),
          (it) => it.active.length === actions.length,
        );
        assert.deepEqual(active, actions);
      } finally {
        await envoy.stop();
      }
    });

    test("a connection above their limit is refused, and those below go on", async () => {
      const most = 20;
      const envoy = await start(
        "max_active_downstream_connections: 1000",
        `max_active_downstream_connections: ${most}`,
      );
      const connect = () => connectTo(envoy.port(door.port));
      const callers = [];
      try {
        for (let i = 0; i < most; i++) {
          const caller = connect();
          callers.push(caller);
          assert.equal((await caller.ask({ path: door.paths.unary })).grpcStatus, "0");
        }
        const refused = connect();
        callers.push(refused);
        assert.ok(await until(refused.isGone, Boolean));
        assert.equal((await callers[0]?.ask({ path: door.paths.unary }))?.grpcStatus, "0");
        assert.ok(envoy.isAlive());
      } finally {
        for (const it of callers) it.close();
        await envoy.stop();
      }
    });
  });
}
