import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import type { CheckGrade, GradeItem } from "./grade.ts";
import { missed, passed } from "./grade.ts";
import { picturesOf, toVerdict } from "./verdict.ts";

const check = (name: string, ...items: GradeItem[]): CheckGrade => ({
  name,
  ok: items.every(({ ok }) => ok),
  items,
  traceIds: [],
  drawn: [],
});
const lost = missed("gateway-proxy below gateway", "a root", { code: "context.lost", edge: "a > b" });
const count = missed("2 traces", "4", { code: "traces.count" });
const attribute = missed("the drink", "absent", { code: "expect.attribute", edge: "backend SERVER" });

test("what is wrong in several checks is reported once, with all of them, and what may follow is counted", () => {
  const { ok, met, of, causes } = toVerdict([
    check("over Connect", count, passed("calls end well"), lost, attribute),
    check("over gRPC", count, lost),
  ]);
  assert.deepEqual([ok, met, of], [false, 1, 6]);
  assert.equal(causes.length, 1);
  assert.deepEqual(causes[0]?.checks, ["over Connect", "over gRPC"]);
  assert.deepEqual([causes[0]?.item, causes[0]?.followers], [lost, 3]);
});

test("a call that fails comes before what its trace lacks", () => {
  const failed = missed("calls end with ok", "unavailable", { code: "call.code" });
  const { causes } = toVerdict([check("an order", lost, failed, attribute)]);
  assert.deepEqual(
    causes.map(({ item, followers }) => [item, followers]),
    [[failed, 2]],
  );
});

test("what stands for itself is never folded, and comes behind what others follow from", () => {
  const answer = missed("who is slow", "no answer yet", { code: "answer.missing", edge: "slow" });
  const { causes } = toVerdict([check("questions", answer), check("an order", count, lost)]);
  assert.deepEqual(
    causes.map(({ item }) => item),
    [lost, answer],
  );
});

test("a count alone is a cause by itself", () => {
  const { causes } = toVerdict([check("an order", count, attribute)]);
  assert.deepEqual(
    causes.map(({ item, followers }) => [item, followers]),
    [
      [count, 0],
      [attribute, 0],
    ],
  );
});

test("of traces of one shape one is drawn, of those first that show what is wrong", () => {
  const whole = (id: string) => drawnTrace("a SERVER 0-10\n  b CLIENT 1-9", id.repeat(32));
  const torn = drawnTrace("a SERVER 0-10\nb CLIENT 1-9", "f".repeat(32));
  const good = { ...check("good", passed("x")), drawn: [whole("1"), whole("2")] };
  const bad = { ...check("bad", lost), drawn: [torn, whole("3")] };
  assert.deepEqual(
    picturesOf([good, bad]).map(({ traceId }) => traceId[0]),
    ["f", "3"],
  );
});
