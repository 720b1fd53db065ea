import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { alertNames } from "./alerts.ts";
import { causes, findCause } from "./causes.ts";
import { canBeTold, draw, maxFaults } from "./draw.ts";
import { applyEdit } from "./edit.ts";
import { nameOf } from "./fault.ts";
import { faults } from "./faults/index.ts";
import { harmless } from "./harmless.ts";
import { findPlace, places } from "./parts.ts";
import { release, releaseFiles } from "./release.ts";

const seeds = Array.from({ length: 400 }, (_, seed) => seed);

suite("the faults", () => {
  test("are fifteen at least, of every area, each once", () => {
    assert.ok(faults.length >= 15, `${faults.length}`);
    assert.equal(new Set(faults.map(nameOf)).size, faults.length);
    assert.deepEqual([...new Set(faults.map(({ area }) => area))].sort(), [
      "Collector",
      "Envoy",
      "application",
      "clock",
      "network",
      "sampling",
    ]);
  });

  for (const fault of faults) {
    test(`${nameOf(fault)} changes what is there, has a name, an alert and a way to be seen`, () => {
      assert.ok(places.includes(fault.place));
      assert.ok(Object.hasOwn(causes, fault.cause));
      assert.ok(alertNames.includes(fault.alert));
      assert.ok(fault.look.length > 0);
      if (!("edits" in fault.change)) return;
      const [wrong, right] = [release(fault.change.edits), release([])];
      const changed = releaseFiles.filter((it) => wrong.get(it) !== right.get(it));
      assert.deepEqual(changed, [...new Set(fault.change.edits.map(({ file }) => file))]);
    });
  }

  test("there are more causes than faults have, so that the list says nothing", () => {
    const used = new Set(faults.map(({ cause }) => cause));
    assert.ok(Object.keys(causes).length >= used.size + 5);
  });

  test("what does no harm is there to be changed, too", () => {
    for (const it of harmless) assert.notEqual(release([it]).get(it.file), release([]).get(it.file));
  });

  test("a place that is not there any more is reported", () => {
    assert.throws(() => applyEdit("a: 1", { file: "x.yaml", from: "b: 1", to: "" }), /x\.yaml has no "b: 1"/);
    assert.throws(() => applyEdit("b: 1", { file: "x", after: "c", from: "b", to: "" }), /after "c"/);
    assert.equal(applyEdit("b c b", { file: "x", after: "c", from: "b", to: "d" }), "b c d");
  });
});

suite("a draw", () => {
  test("is the same for the same seed, and has as many faults as were asked for, which can be told apart", () => {
    for (const seed of seeds) {
      for (let number = 1; number <= maxFaults; number++) {
        const { faults: drawn } = draw(seed, number);
        assert.equal(drawn.length, number, `seed ${seed}`);
        assert.deepEqual(drawn, draw(seed, number).faults);
        for (const [i, a] of drawn.entries()) for (const b of drawn.slice(i + 1)) assert.ok(canBeTold(a, b));
      }
    }
  });

  test("leaves no fault out, over many seeds", () => {
    const drawn = new Set(seeds.flatMap((it) => draw(it, 1).faults.map(nameOf)));
    assert.equal(drawn.size, faults.length);
  });

  test("can be made a release of, whatever the seed", () => {
    for (const seed of seeds) {
      const { faults: drawn, others } = draw(seed, maxFaults);
      assert.equal(others.length, 4);
      release([...others, ...drawn.flatMap(({ change }) => ("edits" in change ? change.edits : []))]);
    }
  });
});

suite("the words of a diagnosis", () => {
  const hintOf = (work: () => unknown): string => {
    try {
      work();
    } catch (error) {
      assert.ok(error instanceof LabError);
      assert.equal(error.exitCode, ExitCode.usage);
      return error.hint;
    }
    return assert.fail("it was taken");
  };

  test("are taken as people write them", () => {
    assert.equal(findCause("Timeout"), "timeout-too-short");
    assert.equal(findCause("rate limit"), "rate-limit");
    assert.equal(findCause("clock_skew"), "clock-wrong");
    assert.equal(findPlace("Collector"), "otel-collector");
    assert.equal(findPlace("edge > gateway-proxy"), "edge-to-gateway-proxy");
    assert.equal(findPlace("gateway-proxy -> backend-proxy"), "gateway-proxy-to-backend-proxy");
  });

  test("that are none get a suggestion, which is the same whatever is wrong", () => {
    assert.match(
      hintOf(() => findCause("retrys")),
      /did you mean retries\?.*--list.*not counted/,
    );
    assert.match(
      hintOf(() => findCause("context")),
      /did you mean context-not-sent or context-not-read\?/,
    );
    assert.match(
      hintOf(() => findPlace("gatway")),
      /did you mean gateway\?/,
    );
    assert.match(
      hintOf(() => findPlace("network")),
      /the links are edge-to-gateway-proxy/,
    );
    assert.match(
      hintOf(() => findCause("constructor")),
      /--list/,
    );
    assert.match(
      hintOf(() => findPlace("toString")),
      /there are edge/,
    );
  });
});
