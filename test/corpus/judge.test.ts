import assert from "node:assert/strict";
import { join } from "node:path";
import { suite, test } from "node:test";
import { readCases } from "./corpus-case.ts";
import type { Judged } from "./judge.ts";
import { judge, surprises, wrongAndUntold } from "./judge.ts";

const [whole] = readCases().filter(({ name }) => name === "envoy-whole");
assert.ok(whole);

/** The whole call of the lab's mesh, held against another truth. */
const against = (change: Partial<typeof whole.truth>) =>
  judge({ ...whole, truth: { ...whole.truth, ...change } });
const named = (judged: Judged) => [...judged.wrong.keys()];

suite("what is told otherwise than the truth has it is wrong, by name", () => {
  const { parties, time } = whole.truth;

  test("a role", async () => {
    const gateway = parties.gateway as typeof parties.gateway & object;
    const judged = await against({ parties: { ...parties, gateway: { ...gateway, role: "proxy" } } });
    assert.deepEqual(named(judged).slice(0, 1), ["role of gateway"]);
    assert.equal(judged.roles.missed, 2);
  });

  test("a direction", async () => {
    const edge = parties.edge as typeof parties.edge & object;
    const judged = await against({ parties: { ...parties, edge: { ...edge, direction: "outbound" } } });
    assert.deepEqual(named(judged), ["direction of edge"]);
    assert.deepEqual(judged.directions, { right: 8 - 2, invented: 2, missed: 2 });
  });

  test("a finding that is missing", async () => {
    const judged = await against({ findings: { must: [{ code: "hop.sibling", span: undefined }], may: [] } });
    assert.deepEqual(named(judged), ["missing hop.sibling"]);
  });

  test("a hop's time, and one that is not there", async () => {
    assert.ok(time?.whole);
    const judged = await against({ time: { whole: time.whole, "app gateway": time.whole } });
    assert.ok(named(judged).includes("time of app gateway"));
    assert.ok(named(judged).includes("time of app backend"));
  });

  test("an input that is read and must be refused", async () => {
    assert.deepEqual(named(await against({ refused: "no trace" })), ["reading"]);
  });
});

suite("a surprise is what is wrong and not known, known to be wrong and right, or not known without a word", () => {
  const judged = (
    wrong: string[],
    known: string[],
    untold: string[] = [],
    unsaid: string[] = [],
  ): Judged => ({
    name: "one",
    product: "any",
    made: "recorded",
    spans: 0,
    roles: { right: 0, invented: 0, missed: 0 },
    directions: { right: 0, invented: 0, missed: 0 },
    findings: { right: 0, invented: 0, missed: 0 },
    hops: [],
    wrong: new Map(wrong.map((it) => [it, "how"])),
    known: Object.fromEntries(known.map((it) => [it, "why"])),
    untold: Object.fromEntries(untold.map((it) => [it, { why: "why", said: "said" }])),
    unsaid,
  });
  for (const [what, wrong, known, count] of [
    ["nothing", [], [], 0],
    ["wrong and known", ["role of a"], ["role of a"], 0],
    ["all times are known at once", ["time of app a", "time of proxy b"], ["time"], 0],
    ["wrong and not known", ["role of a"], ["role of b", "role of a"], 1],
    ["known and right", [], ["time"], 1],
  ] as const) {
    test(what, () => assert.equal(surprises(judged([...wrong], [...known])).length, count));
  }

  test("what the trace does not tell has to be said, and is not counted as wrong", () => {
    const said = judged(["role of a", "time of app b"], ["time"], ["role of a"]);
    assert.deepEqual(surprises(said), []);
    assert.deepEqual(wrongAndUntold(said), {
      wrong: ["time of app b"],
      untold: ["role of a"],
      said: ["role of a"],
    });
    assert.equal(surprises(judged(["role of a"], [], ["role of a"], ["kind.unknown-proxy"])).length, 1);
    assert.equal(surprises(judged([], [], ["role of a"])).length, 1);
  });

  test("a finding, a role and a note say that something is not known; another word does not", async () => {
    const untold = (said: string) => ({ "role of x": { why: "why", said } });
    for (const [said, count] of [
      ["hop.sibling", 1],
      ["proxy", 0],
      ["no such words", 1],
    ] as const) {
      assert.equal((await against({ untold: untold(said) })).unsaid.length, count, said);
    }
  });
});

test("a folder that is no case is reported", () => {
  const folder = join(import.meta.dirname, "..");
  assert.throws(() => readCases(folder), /is no case: it has no truth\.yaml/);
});
