import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { checkTrace } from "@envoy-mesh-lab/check";
import { partAction } from "@envoy-mesh-lab/mesh";
import { postToAdmin } from "./envoy-admin.ts";
import { allWell, codesOf, incomplete, partNow } from "./faults.ts";
import type { LoadCall } from "./load.ts";
import { startLoad } from "./load.ts";
import { expected, logLines, mesh, traceOf, until } from "./mesh.ts";

const services = ["gateway", "backend"];

/** Calls may fail while a part is away, but none may hang, and the code must say what happened. */
function assertHonest(calls: readonly LoadCall[]): void {
  const failed = calls.filter((it) => it.code !== "ok");
  assert.deepEqual(
    failed.filter((it) => !isHonest(it)).map((it) => `${it.rpc} ${it.protocol} ${it.code} ${it.message}`),
    [],
    JSON.stringify(codesOf(calls)),
  );
}

function isHonest({ code, message = "" }: LoadCall): boolean {
  return code === "unavailable" && message !== "";
}

const admins: Record<string, number> = { edge: 9901, "gateway-proxy": 15000, "backend-proxy": 15100 };

function readingsOf(envoy: string): string {
  return `http://127.0.0.1:${mesh.hostPort(envoy, admins[envoy] ?? 0)}`;
}

/** How many connections an Envoy has asked to go since it started. */
async function closedByDrain(envoy: string): Promise<number> {
  const answer = await fetch(`${readingsOf(envoy)}/stats?filter=downstream_cx_drain_close`);
  // Not those of the listener that is asked here.
  const counts = (await answer.text()).matchAll(/^http\.(?!admin_read\.).*: (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

for (const envoy of Object.keys(admins)) {
  suite(`${envoy} under a light load`, () => {
    const faults: Record<string, () => Promise<unknown>> = {
      "drained and restarted": async () => {
        // Envoy tells the peers of its connections with GOAWAY to go, which is when connect-node 2.2.0 might throw.
        // POST /drain_listeners?graceful does so too, but spread over ten minutes.
        const drained = await closedByDrain(envoy);
        assert.equal(await postToAdmin(envoy, "/healthcheck/fail"), 200);
        assert.ok(
          (await until(
            () => closedByDrain(envoy),
            (it) => it > drained,
          )) > drained,
        );
        await delay(1_500);
        await partAction("restart", envoy);
      },
      "killed with SIGKILL": () => partAction("kill", envoy),
    };
    for (const [name, fault] of Object.entries(faults)) {
      test(`${name}: no service dies, and every call ends, and says why if not well`, async () => {
        const before = await Promise.all(services.map(partNow));
        const load = startLoad({ rate: 20 });
        await delay(1_500);
        await fault();
        await allWell();
        await delay(1_500);
        const calls = await load.stop();

        const after = await Promise.all(services.map(partNow));
        assert.deepEqual(
          after.map((it) => [it.name, it.process?.pid, it.restarts]),
          before.map((it) => [it.name, it.process?.pid, it.restarts]),
        );
        assertHonest(calls);
        const last = calls.at(-1);
        assert.equal(last?.code, "ok", "the mesh works again");
        assert.deepEqual(checkTrace(await traceOf(last), expected), []);
      });
    }
  });
}

for (const envoy of Object.keys(admins)) {
  test(`${envoy} is restarted under load: none of its spans is lost`, async () => {
    const { process: first } = await partNow(envoy);
    const load = startLoad({ rate: 50, maxInFlight: 32, kinds: ["unary"] });
    await delay(2_000);
    await partAction("restart", envoy);
    await allWell();
    await delay(1_000);
    const calls = await load.stop();
    assert.notEqual((await partNow(envoy)).process?.pid, first?.pid, "it is another process now");
    const answered = calls.filter((it) => it.code === "ok");
    assert.ok(answered.length > 50, `${answered.length} calls`);
    assert.deepEqual(await incomplete(answered), []);
  });
}

test("SIGTERM on the gateway under load: no call that it took fails, and none of its spans is lost", async () => {
  const { log, process: first } = await partNow("gateway");
  const began = new Date().toISOString();
  const load = startLoad({ rate: 20, request: { backend: { workMs: 150, failAfter: 0 } } });
  await delay(2_000);
  const at = readFileSync(log).length;
  await partAction("restart", "gateway");
  await allWell();
  await delay(2_000);
  const calls = await load.stop();

  assert.notEqual((await partNow("gateway")).process?.pid, first?.pid, "it is another process now");
  assertHonest(calls);
  const finished = logLines("gateway").filter((it) => it.msg === "rpc finished" && String(it.time) > began);
  assert.ok(finished.length > 20, `${finished.length} calls`);
  assert.deepEqual(
    finished.filter((it) => it.code !== "ok").map((it) => `${it["rpc.method"]} ${it.code}`),
    [],
    "what the gateway took, it finished",
  );
  const taken = new Set(logLines("gateway").map((it) => it.trace_id));
  assert.deepEqual(
    calls.filter((it) => it.code !== "ok" && taken.has(it.traceId)).map((it) => `${it.rpc} ${it.message}`),
    [],
    "and its callers got the answers",
  );
  const since = readFileSync(log, "utf8").slice(at);
  assert.doesNotMatch(since, /"level":"(warn|error|fatal)"/, "nothing was lost or cut off");
  assert.deepEqual(await incomplete(calls.filter((it) => it.code === "ok")), []);
});
