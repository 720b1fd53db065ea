import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { renderModes } from "./modes-render.ts";
import type { ModeSample, ModesFigures, ModesResult } from "./modes-result.ts";
import { judgeModes } from "./modes-result.ts";
import { modes } from "./modes-table.ts";
import { seededRandom } from "./random.ts";
import type { Estimate } from "./statistics.ts";

interface Truth {
  /** Each proxy's own time, each leg's, and what lies in no span without and with proxies; in milliseconds. */
  readonly proxy: number;
  readonly leg: number;
  readonly outside: number;
  readonly outsideWithProxies: number;
}

/** Samples of 200 rounds with known times, on a machine that grows slower and stalls now and then. */
function samplesOf({ proxy, leg, outside, outsideWithProxies }: Truth): ModeSample[] {
  const random = fractions(11);
  return Array.from({ length: 200 }, (_, round) => round).flatMap((round) =>
    modes.map((mode): ModeSample => {
      const stall = random() < 0.05 ? 100 * random() : 0;
      const drift = round / 20;
      const legs = Array.from({ length: mode.proxies + 1 }, (_, i) => ({
        name: `leg ${i}`,
        role: "network" as const,
        ms: leg + 0.2 * (random() - 0.5),
      }));
      const proxies = Array.from({ length: mode.proxies }, (_, i) => ({
        name: `proxy ${i}`,
        role: "proxy" as const,
        ms: proxy + 0.2 * (random() - 0.5),
      }));
      const parts = [...proxies, ...legs, { name: "backend", role: "app" as const, ms: 3 + drift + stall }];
      const inSpans = parts.reduce((sum, it) => sum + it.ms, 0);
      const inNone = (mode.proxies === 0 ? outside : outsideWithProxies) + 0.2 * (random() - 0.5);
      return { mode: mode.name, round, parts, clockMs: inSpans + inNone };
    }),
  );
}

/** Random numbers from 0 to 1. */
function fractions(seed: number): () => number {
  const random = seededRandom(seed);
  return () => random(1_000_000) / 1_000_000;
}

const judge = (truth: Truth) => judgeModes(samplesOf(truth)) ?? assert.fail("there are rounds");
const holds = ({ value, low = Number.NaN, high = Number.NaN }: Estimate, truth: number) => {
  assert.ok(low <= value && value <= high, `${low} to ${high} holds ${value}`);
  assert.ok(low - 0.05 <= truth && truth <= high + 0.05, `${low} to ${high} holds the true ${truth}`);
};
const costs = (figures: ModesFigures) => Object.fromEntries(figures.costs.map((it) => [it.mode, it]));
const agreeing = { proxy: 0.5, leg: 1, outside: 2, outsideWithProxies: 2 };

suite("known times are found", () => {
  const figures = judge(agreeing);

  test("what the proxies cost, in spite of drift and stalls, which meet all modes", () => {
    assert.equal(figures.rounds, 200);
    const { one, all } = costs(figures);
    holds(one?.clockMs ?? assert.fail(), 1.5);
    holds(all?.clockMs ?? assert.fail(), 6);
    holds(all?.spansMs ?? assert.fail(), 6);
    holds(all?.perProxy.clockMs ?? assert.fail(), 1.5);
    holds(all?.perProxy.spansMs ?? assert.fail(), 1.5);
    holds(all?.roles.find((it) => it.role === "proxy")?.ms ?? assert.fail(), 2);
    holds(all?.roles.find((it) => it.role === "network")?.ms ?? assert.fail(), 4);
    holds(all?.disagreementMs ?? assert.fail(), 0);
    // The drift alone is 10 ms.
    assert.ok((all?.clockMs.high ?? 99) - (all?.clockMs.low ?? 0) < 2);
    assert.deepEqual([one?.disagrees, all?.disagrees], [false, false]);
  });

  test("what each part took", () => {
    const all = figures.modes.find((it) => it.mode === "all") ?? assert.fail();
    assert.equal(all.parts.length, 10);
    for (const part of all.parts.filter((it) => it.role !== "app")) {
      holds(part.ms, part.role === "proxy" ? 0.5 : 1);
    }
    const roleOf = (role: string) => all.roles.find((it) => it.role === role)?.ms ?? assert.fail(role);
    holds(roleOf("proxy"), 2);
    holds(roleOf("network"), 5);
    holds(all.outsideMs, 2);
  });
});

test("clock and spans disagree when a part of the cost is in no span, or only in the baseline's", () => {
  const more = costs(judge({ ...agreeing, outsideWithProxies: 5 }));
  holds(more.all?.disagreementMs ?? assert.fail(), 3);
  assert.deepEqual([more.one?.disagrees, more.all?.disagrees], [true, true]);
  const less = costs(judge({ ...agreeing, outsideWithProxies: 0.5 }));
  holds(less.all?.disagreementMs ?? assert.fail(), -1.5);
  assert.equal(less.all?.disagrees, true);
  // More than noise, but nothing beside a cost of 6 ms.
  const little = costs(judge({ ...agreeing, outsideWithProxies: 2.3 }));
  assert.equal(little.all?.disagrees, false);
});

test("a cost that changes during the run is said of, one that stays is not", () => {
  const steady = samplesOf(agreeing);
  assert.deepEqual(
    judgeModes(steady)?.costs.map((it) => it.drifts),
    [false, false],
  );
  // As when the baseline's process has not warmed up yet: its first calls take longer.
  const warming = steady.map((it) =>
    it.mode === "baseline" && it.round < 100 ? { ...it, clockMs: it.clockMs + 3 } : it,
  );
  const { all } = costs(judgeModes(warming) ?? assert.fail());
  assert.equal(all?.drifts, true);
  holds(all?.halvesMs[0] ?? assert.fail(), 3);
  holds(all?.halvesMs[1] ?? assert.fail(), 6);
});

test("rounds that lack a mode are left out, and without any round there are no figures", () => {
  const samples = samplesOf(agreeing).filter((it) => it.mode !== "one" || it.round % 2 === 0);
  assert.equal(judgeModes(samples)?.rounds, 100);
  assert.equal(judgeModes([]), undefined);
  const apart = samples.filter((it) => (it.mode === "one") === (it.round % 4 === 0));
  assert.equal(judgeModes(apart), undefined);
});

test("the result does not depend on the order of the samples", () => {
  const samples = samplesOf(agreeing);
  assert.deepEqual(judgeModes(samples.toReversed()), judge(agreeing));
});

test("an interval of 95 % holds the truth in about 95 of 100 runs", () => {
  const random = fractions(23);
  let held = 0;
  for (let run = 0; run < 100; run++) {
    // The median of the difference of two exponential times of the same mean is zero.
    const samples = Array.from({ length: 40 }, (_, round) =>
      (["baseline", "all"] as const).map(
        (mode): ModeSample => ({
          mode,
          round,
          clockMs: -Math.log(1 - random()),
          parts: [],
        }),
      ),
    ).flat();
    const { low = 1, high = -1 } = judgeModes(samples)?.costs[0]?.clockMs ?? assert.fail();
    held += low <= 0 && 0 <= high ? 1 : 0;
  }
  // Three standard deviations are 6.5 runs.
  assert.ok(held >= 88, `${held} of 100`);
});

suite("the text", () => {
  const resultOf = (truth: Truth, rest: Partial<ModesResult> = {}): ModesResult => ({
    rpc: "cafe.v1.CafeService/OrderDrink",
    protocol: "grpc",
    askedRate: 30,
    seed: 5,
    calls: 600,
    failed: 0,
    incomplete: 0,
    heldBack: 0,
    interrupted: false,
    ...judge(truth),
    ...rest,
  });

  test("shows first what the proxies cost, by clock and spans side by side, and each of them", () => {
    const text = renderModes(resultOf(agreeing), 80);
    assert.match(
      text,
      /200 rounds of one call in each mode,\s+interleaved at 30\/s in a random order \(seed 5\)/,
    );
    const figures = String.raw`\d\.\d\d \[\d\.\d\d, \d\.\d\d\]`;
    const lines = [
      "what the proxies cost: more than a call past none of them takes",
      " +one +all",
      "  proxies passed +1 +4",
      `  client's clock +${figures} +${figures}`,
      String.raw`    for each proxy +1\.\d\d \[.*?\] +1\.\d\d \[.*?\]`,
      `  spans +${figures} +${figures}`,
      String.raw`    for each proxy +1\.\d\d \[.*?\] +1\.\d\d \[.*?\]`,
      "    applications .*",
      String.raw`    proxies' own time +0\.\d\d \[.*?\] +[12]\.\d\d \[.*?\]`,
      "    legs between .*",
      "  clock less spans .*",
      "  one: clock and spans agree",
      "  all: clock and spans agree",
    ];
    assert.match(text, new RegExp(lines.join("\n")));
    assert.match(
      text,
      /\n {2}in no span +[12]\.\d\d \[.*\n\nper hop, from the spans: ● app, ○ proxy, ─ network\n/,
    );
    assert.doesNotMatch(text, /note:|-0\.00 /);
  });

  test("shows every hop once, with intervals where there is room", () => {
    const [narrow, wide] = [40, 100].map((it) => renderModes(resultOf(agreeing), it));
    assert.match(narrow ?? "", /\n {2}○ proxy 1 +- +- +0\.\d\d\n/);
    assert.match(narrow ?? "", /\n {2}● backend +\d+\.\d+ +\d+\.\d+ +\d+\.\d+$/);
    assert.match(wide ?? "", /\n {2}○ proxy 0 +- +0\.\d\d \[0\.\d\d, 0\.\d\d\] +0\.\d\d \[/);
  });

  test("is nowhere wider than 80 characters on a terminal of 80", () => {
    const changed = resultOf({ proxy: 70, leg: 120, outside: 2, outsideWithProxies: 90 }, { failed: 3 });
    const drifting = { ...changed, costs: changed.costs.map((it) => ({ ...it, drifts: true })) };
    for (const it of [resultOf({ ...agreeing, outsideWithProxies: 0.5 }), drifting]) {
      for (const line of renderModes(it, 80).split("\n")) {
        assert.ok(line.length <= 80, `${line.length}: ${line}`);
      }
    }
  });

  test("says when clock and spans disagree, and which way", () => {
    assert.match(
      renderModes(resultOf({ ...agreeing, outsideWithProxies: 5 }), 200),
      /all: [23]\.\d\d ms of the cost on the client's clock are in no span/,
    );
    assert.match(
      renderModes(resultOf({ ...agreeing, outsideWithProxies: 0.5 }), 200),
      /all: the spans show 1\.\d\d ms more/,
    );
  });

  test("says that a cost changed while it was measured", () => {
    const result = resultOf(agreeing);
    const halvesMs = [
      { value: 3, low: 2, high: 4 },
      { value: 6, low: 5, high: 7 },
    ] as const;
    const drifting = { ...result, costs: result.costs.map((it) => ({ ...it, drifts: true, halvesMs })) };
    assert.match(
      renderModes(drifting, 200),
      /cost of all changed [\s\S]*3\.00 \[2\.00, 4\.00\] in the first half/,
    );
  });

  test("says what is within the noise, and what was left out", () => {
    assert.match(
      renderModes(resultOf({ proxy: 0, leg: 0, outside: 2, outsideWithProxies: 2 }), 80),
      /within the noise/,
    );
    const text = renderModes(
      resultOf(agreeing, { failed: 3, incomplete: 2, heldBack: 100, interrupted: true }),
      200,
    );
    assert.match(
      text,
      /\(interrupted\)[\s\S]*3 of 600 calls failed[\s\S]*2 traces are not whole[\s\S]*100 of 600 calls waited/,
    );
  });
});
