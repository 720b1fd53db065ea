import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "./random.ts";
import { binomialQuantile, percentile, summarize } from "./statistics.ts";
import { collectNow, makeTraces } from "./testing/samples.ts";

const means = { app: 1e6, proxy: 1e5, leg: 2e5 };

test("percentiles are taken by nearest rank", () => {
  const sorted = Float64Array.from({ length: 100 }, (_, i) => i + 1);
  assert.equal(percentile(sorted, 0.5).value, 50);
  assert.equal(percentile(sorted, 0.9).value, 90);
  assert.equal(percentile(sorted, 0.99).value, 99);
  assert.equal(percentile(Float64Array.of(7), 0.99).value, 7);
});

test("a percentile's interval is that of the ranks, and open where so few traces cannot show its end", () => {
  const sorted = Float64Array.from({ length: 100 }, (_, i) => i + 1);
  // The classic interval for the median of 100: the 40th to the 61st (David and Nagaraja, section 7.1).
  assert.deepEqual(percentile(sorted, 0.5), { value: 50, low: 40, high: 61 });
  assert.equal(percentile(sorted, 0.99).high, undefined);
  assert.deepEqual(percentile(Float64Array.of(7), 0.5), { value: 7 });
});

test("the binomial quantile agrees with the distribution, also where the normal approximation takes over", () => {
  const exact = (n: number, p: number, chance: number) => {
    let term = 1;
    let scaled = 0;
    // Terms relative to the largest, so that nothing underflows.
    const mode = Math.floor((n + 1) * p);
    const terms = new Float64Array(n + 1);
    terms[mode] = 1;
    for (let k = mode; k < n; k++) {
      term *= ((n - k) / (k + 1)) * (p / (1 - p));
      terms[k + 1] = term;
    }
    term = 1;
    for (let k = mode; k > 0; k--) {
      term *= (k / (n - k + 1)) * ((1 - p) / p);
      terms[k - 1] = term;
    }
    const total = terms.reduce((sum, it) => sum + it, 0);
    for (let k = 0; k <= n; k++) {
      scaled += (terms[k] as number) / total;
      if (scaled >= chance) return k;
    }
    return n;
  };
  for (const p of [0.5, 0.9, 0.99]) {
    for (const chance of [0.025, 0.975]) {
      for (const n of [1, 2, 10, 100, 1000]) {
        assert.equal(binomialQuantile(n, p, chance), exact(n, p, chance), `n=${n} p=${p} chance=${chance}`);
      }
      assert.ok(Math.abs(binomialQuantile(5000, p, chance) - exact(5000, p, chance)) <= 1);
    }
  }
});

test("of 95 % intervals of the mean, about 95 of 100 hold the true mean", () => {
  const trials = 200;
  let held = 0;
  for (let seed = 1; seed <= trials; seed++) {
    const { total } = summarize(collectNow(makeTraces(60, means, seed)).sample.frame());
    const truth = 2 * means.app + 2 * means.proxy + 3 * means.leg;
    if ((total.mean.low ?? 0) <= truth && truth <= (total.mean.high ?? 0)) held++;
  }
  // With 95 % each, fewer than 176 of 200 would come once in ten thousand times; bootstrap intervals of 60 are a little narrow.
  assert.ok(held >= 172 && held < trials, `${held} of ${trials}`);
});

test("more than 1000 traces are drawn in blocks, and the interval stays as wide", () => {
  const frame = collectNow(makeTraces(4000, means, 7)).sample.frame();
  const { total } = summarize(frame);
  const mean = total.mean.value;
  const variance = frame.totals.reduce((sum, it) => sum + (it - mean) ** 2, 0) / (frame.traces - 1);
  const expected = 2 * 1.96 * Math.sqrt(variance / frame.traces);
  const width = (total.mean.high ?? 0) - (total.mean.low ?? 0);
  assert.ok(width > 0.85 * expected && width < 1.15 * expected, `${width} against ${expected}`);
});

test("the hops' means over all traces add up to the mean of the whole, and the shares to 1", () => {
  const frame = collectNow(makeTraces(50, means, 3)).sample.frame();
  const { of, total } = summarize(frame);
  for (const columns of [frame.hops, frame.roles]) {
    const sum = columns.reduce((all, it) => all + of(it).perTrace.value, 0);
    assert.ok(Math.abs(sum - total.perTrace.value) < 1e-3);
    assert.ok(Math.abs(columns.reduce((all, it) => all + of(it).share.value, 0) - 1) < 1e-9);
  }
});

test("a hop of one trace has no interval", () => {
  const [one, ...rest] = makeTraces(5, means, 3);
  assert.ok(one);
  const frame = collectNow([
    one,
    ...rest.map((it) => ({ ...it, spans: it.spans.slice(0, 1) })),
  ]).sample.frame();
  const { of } = summarize(frame);
  const hop = frame.hops.find((it) => it.rows.length === 1);
  assert.ok(hop);
  assert.deepEqual(Object.keys(of(hop).mean), ["value"]);
});

test("the same seed gives the same numbers, and they are spread evenly", () => {
  const [a, b] = [seededRandom(42), seededRandom(42)];
  const counts = new Array(10).fill(0);
  for (let i = 0; i < 100_000; i++) {
    const drawn = a(10);
    assert.equal(drawn, b(10));
    counts[drawn]++;
  }
  for (const count of counts) assert.ok(count > 9500 && count < 10_500, `${counts}`);
});
