import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { ModesResult } from "@envoy-mesh-lab/compare";
import { isMoreThanNoise, partsOf, renderModes } from "@envoy-mesh-lab/compare";
import type { CallRequest } from "@envoy-mesh-lab/load";
import { createCaller, findRpc } from "@envoy-mesh-lab/load";
import { meshUp, readMesh } from "@envoy-mesh-lab/mesh";
import { compareModes } from "@envoy-mesh-lab/modes";
import type { LabError } from "@envoy-mesh-lab/trace";
import { delayHeader, delayMs, withDelays } from "./delays.ts";
import { lab } from "./lab-command.ts";
import { aRequest, edgeUrl, expected, mesh, patience, traceOf } from "./mesh.ts";

/** What the fastest call took on the client's clock, and how its spans divide that, in milliseconds. */
interface Divided {
  readonly clockMs: number;
  readonly parts: ReadonlyMap<string, number>;
}

/** The lower quartile: what else this machine does can only add to a time, so it is steadier than the median. */
function typical(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 4)] ?? Number.NaN;
}

/** The calls, made in turn some times; of each what is typical of its time and of every part. */
async function divide(
  requests: Record<string, CallRequest>,
  rounds: number,
): Promise<Record<string, Divided>> {
  const callers = Object.entries(requests).map(([name, request]) => ({
    name,
    caller: createCaller({ url: edgeUrl, mix: [{ request, protocol: "connect" }] }),
  }));
  const calls: { name: string; clockMs: number; traceId?: string }[] = [];
  // The first round opens connections, and is left out.
  for (let round = 0; round <= rounds; round++) {
    for (const { name, caller } of callers) {
      const result = await caller.send(0);
      assert.equal(result.code, "ok", `${name}: ${result.message}`);
      if (round > 0) {
        calls.push({
          name,
          clockMs: result.durationMs,
          ...(result.traceId ? { traceId: result.traceId } : {}),
        });
      }
    }
  }
  for (const { caller } of callers) {
    caller.close();
  }
  const divided: Record<string, Divided> = {};
  for (const [name, made] of Map.groupBy(calls, (it) => it.name)) {
    const each = await Promise.all(
      made.map(async (it) => partsOf(await traceOf(it), expected.hops.length) ?? assert.fail(it.traceId)),
    );
    const parts = Map.groupBy(each.flat(), (it) => it.name);
    divided[name] = {
      // This process is held up more than any part is, as it starts and reads while others of the tests run.
      clockMs: Math.min(...made.map((it) => it.clockMs)),
      parts: new Map([...parts].map(([part, all]) => [part, typical(all.map((it) => it.ms))])),
    };
  }
  return divided;
}

suite("a known delay is found where it is", () => {
  const delayed = (at: string) => aRequest({ headers: { [delayHeader]: at } });
  const requests = {
    undelayed: aRequest(),
    edge: delayed("edge"),
    "gateway's sidecar, inbound": delayed("gateway"),
    "gateway's sidecar, outbound": aRequest({ rpc: findRpc("WatchOrder", undefined), messages: 1 }),
    "backend's sidecar": aRequest({ rpc: findRpc("GetDrink", undefined) }),
    gateway: aRequest({ gateway: { workMs: delayMs, failAfter: 0 } }),
    backend: aRequest({ backend: { workMs: delayMs, failAfter: 0 } }),
  };
  const places: [request: keyof typeof requests, part: string, by: string][] = [
    ["edge", "edge inbound", "Envoy's fault filter"],
    ["gateway's sidecar, inbound", "gateway-proxy inbound", "Envoy's fault filter"],
    ["gateway's sidecar, outbound", "gateway-proxy outbound", "Envoy's fault filter"],
    ["backend's sidecar", "backend-proxy inbound", "Envoy's fault filter"],
    ["gateway", "gateway", "the application's work"],
    ["backend", "backend", "the application's work"],
  ];
  let divided: Record<string, Divided> = {};
  before(async () => {
    await withDelays(async () => {
      divided = await divide(requests, 15);
    });
  });

  for (const [request, part, by] of places) {
    test(`${delayMs} ms that ${by} puts into the ${request} are attributed to it within 10 %`, () => {
      const { undelayed, [request]: slow } = divided;
      assert.ok(undelayed && slow);
      const more = new Map(
        [...slow.parts].map(([name, ms]) => [name, ms - (undelayed.parts.get(name) ?? Number.NaN)]),
      );
      const told = JSON.stringify([...more].map(([name, ms]) => `${name} ${ms.toFixed(1)}`));
      assert.equal(more.size, undelayed.parts.size);
      for (const [name, ms] of more) {
        const share = ms / delayMs;
        const isIn = name === part ? share > 0.9 && share < 1.1 : Math.abs(share) < 0.2;
        assert.ok(isIn, `${name} has ${share.toFixed(2)} of the delay: ${told}`);
      }
      const onClock = slow.clockMs - undelayed.clockMs;
      const ratio = (more.get(part) ?? Number.NaN) / onClock;
      assert.ok(ratio > 0.8 && ratio < 1.2, `${ratio} of the ${onClock} ms on the client's clock: ${told}`);
    });
  }
});

suite("the modes", () => {
  const options = {
    tempo: mesh.urls.tempo,
    request: aRequest(),
    protocol: "grpc",
    arrivalMs: patience,
  } as const;

  test("need the gateways of compose.modes.yaml, and say so", async () => {
    // A mesh that a developer runs may have them.
    await meshUp({ files: [] });
    await assert.rejects(compareModes({ ...options, mesh: await readMesh() }), (error: LabError) => {
      assert.match(error.message, /has no gateway-direct, which the mode "baseline" goes through/);
      assert.match(error.hint, /lab up -f compose\.yaml -f compose\.modes\.yaml/);
      return error.exitCode === 3;
    });
  });

  suite("with them", () => {
    before(async () => {
      const files = ["compose.yaml", "compose.modes.yaml"].map((it) => join(repoRoot, it));
      await meshUp({ files });
    });
    after(async () => {
      await meshUp({ files: [] });
    });

    test("are measured in one run: each proxy adds to the time, on the clock and in the spans", async () => {
      const result = await compareModes({ ...options, mesh: await readMesh(), rounds: 60, rate: 40 });
      const told = renderModes(result, 100);
      assert.deepEqual([result.failed, result.incomplete, result.rounds], [0, 0, 60], told);
      assert.deepEqual(
        result.modes.map((it) => [
          it.mode,
          it.parts.filter((part) => part.role === "proxy").length,
          it.parts.length,
        ]),
        [
          ["baseline", 0, 3],
          ["one", 1, 5],
          ["all", 4, 11],
        ],
      );
      const [baseline, one, all] = result.modes.map(
        (it) => it.roles.find(({ role }) => role === "proxy")?.ms,
      );
      assert.equal(baseline, undefined);
      assert.ok(one?.high && all?.low && one.low, told);
      assert.ok(one.low > 0 && all.low > one.high, told);
      for (const { clockMs, spansMs } of result.costs.filter((it) => it.mode === "all")) {
        assert.ok(clockMs.value > 0 && isMoreThanNoise(spansMs), told);
      }
    });

    test("are measured by lab compare --modes, for any kind and protocol, with text or JSON", async () => {
      const flags = ["compare", "--modes", "--rounds", "8", "--warm-up", "2", "--rate", "40"];
      const text = await lab(...flags, "--kind", "server", "--protocol", "grpc-web");
      assert.equal(text.code, 0, text.stderr);
      assert.match(
        text.stdout,
        /WatchOrder \(grpc-web\): 8 rounds[\s\S]*per hop, .*\n.*\n {2}○ edge inbound +- +- +\d/,
      );
      assert.match(text.stderr, /of 30 calls/);
      const json = await lab(...flags, "--work", "5", "--json");
      const { rounds, modes } = JSON.parse(json.stdout) as ModesResult;
      assert.equal(rounds, 8);
      const backends = modes.map((it) => it.parts.find((part) => part.name === "backend")?.ms.value ?? 0);
      assert.ok(
        backends.every((ms) => ms > 4.5),
        backends.join(),
      );
    });

    test("end with what was measured when they are stopped", async () => {
      const stop = new AbortController();
      const result = await compareModes({
        ...options,
        mesh: await readMesh(),
        rounds: 1_000,
        warmUp: 2,
        signal: stop.signal,
        onProgress: ({ step, done }) => {
          if (step === "calls" && done === 60) stop.abort();
        },
      });
      assert.equal(result.interrupted, true);
      assert.ok(result.rounds >= 15 && result.rounds < 30, String(result.rounds));
    });
  });
});
