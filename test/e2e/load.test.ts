import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { protocols } from "@envoy-mesh-lab/connections";
import type { LoadReport, Note } from "@envoy-mesh-lab/load";
import { kinds } from "@envoy-mesh-lab/load";
import { partAction } from "@envoy-mesh-lab/mesh";
import { allWell } from "./faults.ts";
import type { Run } from "./lab-command.ts";
import { lab, startLab } from "./lab-command.ts";
import { expected, traceOf, until } from "./mesh.ts";

type Result = LoadReport & { rpc: string; via: string; url: string; notes: Note[] };

const json = (run: Run) => JSON.parse(run.stdout) as Result;
const spansOfAll = expected.hops.length;

suite("lab load", () => {
  // What a call passes on its way in, less than through the edge.
  const left = { edge: 0, sidecar: 2, direct: 4 };
  for (const [via, spans] of Object.entries(left)) {
    test(`--via ${via} passes ${spans} spans less than all, and names the slowest traces`, async () => {
      const run = await lab("load", "--via", via, "-n", "30", "--rate", "30", "--json");
      assert.equal(run.code, 0, run.stderr);
      const result = json(run);
      assert.deepEqual([result.sent, result.ok, result.errors, result.interrupted], [30, 30, {}, false]);
      assert.ok(result.achievedRate > 15 && result.achievedRate < 31, String(result.achievedRate));
      assert.equal(result.slowest.length, 5);
      const [slowest] = result.slowest;
      const trace = await traceOf(slowest ?? {}, spansOfAll - spans);
      assert.equal(trace.spans.length, spansOfAll - spans);
      // The topmost span is within the call, whose time is the client's.
      const longest = Math.max(...trace.spans.map((it) => Number(it.endNs - it.startNs) / 1e6));
      assert.ok(longest < (slowest?.serviceTimeMs ?? 0), `${longest} of ${slowest?.serviceTimeMs} ms`);
    });
  }

  for (const kind of kinds) {
    test(`--kind ${kind} over every protocol`, async () => {
      for (const protocol of protocols) {
        const run = await lab(
          "load",
          "--kind",
          kind,
          "--protocol",
          protocol,
          "-n",
          "5",
          "--rate",
          "50",
          "--json",
        );
        assert.equal(run.code, 0, run.stderr);
        assert.deepEqual([json(run).ok, json(run).latencyMs?.count], [5, 5]);
      }
    });
  }

  test("prints counts, figures and traces for people, and progress beside", async () => {
    const run = await lab("load", "-n", "20");
    assert.equal(run.code, 0, run.stderr);
    assert.match(
      run.stdout,
      /OrderDrink \(connect\) via edge[\s\S]*20 of 20 calls sent[\s\S]*20 ok, 0 failed/,
    );
    assert.match(run.stdout, /latency, from when due[\s\S]*service time[\s\S]*trace [0-9a-f]{32}/);
    assert.match(run.stderr, /\d+ of 20 calls/);
  });

  test("counts calls that fail by their code, and exits with 11", async () => {
    const run = await lab("load", "-n", "6", "--fail", "not_found", "--json");
    assert.equal(run.code, 11);
    assert.deepEqual([json(run).ok, json(run).errors], [0, { not_found: 6 }]);
  });

  test("ends on Ctrl-C with what was measured so far, and exits with 130", async () => {
    const running = startLab({}, ["load", "--duration", "5m", "--rate", "50"]);
    await until(
      () => running.out.stderr,
      (it) => /[1-9]\d* of 15000 calls/.test(it),
    );
    await delay(500);
    running.kill("SIGINT");
    const run = await running.ended;
    assert.equal(run.code, 130, run.stderr);
    assert.match(run.stdout, /\(interrupted\)\n {2}[1-9]\d* of 15000 calls sent/);
    assert.match(run.stdout, /latency, from when due/);
  });

  test("a stall of the gateway shows in the latency of the calls that were due meanwhile", async () => {
    const running = startLab({}, [
      "load",
      "--rate",
      "100",
      "--duration",
      "5s",
      "--max-in-flight",
      "1",
      "--warm-up",
      "0",
      "--json",
    ]);
    await until(
      () => running.out.stderr,
      (it) => /of 500 calls/.test(it),
    );
    await partAction("kill", "gateway", { signal: "SIGSTOP" });
    await delay(1_000);
    await partAction("kill", "gateway", { signal: "SIGCONT" });
    const run = await running.ended;
    await allWell();
    assert.equal(run.code, 0, run.stderr);
    const { latencyMs, serviceTimeMs, heldBack, notes } = json(run);
    // One call of 500 was under way during the stall, so that no percentile of the service time but the last sees it.
    const [latency, serviceTime] = [latencyMs?.p90 ?? 0, serviceTimeMs?.p99 ?? 0];
    assert.ok((serviceTimeMs?.max ?? 0) > 900, `the gateway stalled: ${serviceTimeMs?.max} ms`);
    assert.ok(
      latency > 5 * serviceTime,
      `p90 of latency ${latency} ms, p99 of service time ${serviceTime} ms`,
    );
    assert.ok(heldBack > 50, `${heldBack} held back`);
    assert.ok(notes.some((it) => it.code === "held-back"));
  });
});

suite("a load that may not be is refused in words", () => {
  const cases: [name: string, args: string[], code: number, words: RegExp][] = [
    ["to another machine", ["--edge", "http://192.0.2.1:8080"], 2, /192\.0\.2\.1[\s\S]*loopback only/],
    [
      "of too many calls",
      ["--rate", "2000", "--duration", "10m"],
      2,
      /1200000 calls are more than the 100000/,
    ],
    ["that would take too long", ["--rate", "1", "-n", "1000"], 2, /1000 s, more than the 600 s/],
    ["too fast", ["--rate", "5000"], 2, /from 0\.1 to 2000/],
    ["of a duration without unit", ["--duration", "30"], 2, /"30s" or "1m30s"/],
    ["of a number and a duration", ["-n", "3", "--duration", "3s"], 2, /cannot be used with/],
    [
      "past an edge that is named",
      ["--via", "direct", "--edge", "http://127.0.0.1:1"],
      2,
      /exclude each other/,
    ],
    [
      "where nobody listens",
      ["--edge", "http://127.0.0.1:9"],
      3,
      /nothing answers at http:\/\/127\.0\.0\.1:9/,
    ],
    [
      "to a sidecar that does not run",
      ["--via", "sidecar", "-p", "no-mesh"],
      3,
      /the mesh no-mesh does not run/,
    ],
    ["with more in flight than allowed", ["--max-in-flight", "5000"], 2, /from 1 to 1000/],
  ];
  for (const [name, args, code, words] of cases) {
    test(name, async () => {
      const run = await lab("load", ...args);
      assert.match(run.stderr, words);
      assert.equal(run.code, code);
      assert.equal(run.stdout, "");
    });
  }
});
