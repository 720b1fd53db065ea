import assert from "node:assert/strict";
import { test } from "node:test";
import { indexTrace } from "@envoy-mesh-lab/trace";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { doneBy, gradeNames } from "./names.ts";

/** A trace of a gateway that asks for one guest: how it calls what it does, what it notes, and what it asks for. */
function asked(
  guest: string,
  { name, note = guest, path = "points" }: { name: string; note?: string; path?: string },
) {
  const drawing = `
    gateway CLIENT 0-10 name=${name} guest=${note}
      proxy/outbound SERVER 2-8 name=GET+${path} url.path=/guests/${guest}/${path}
  `;
  return { index: indexTrace(drawnTrace(drawing, `${guest}`.padStart(32, "0"))), value: guest };
}
const ofPoints = {
  of: "points",
  keeps: true,
  where: { service: "gateway", kind: "client" as const },
  above: { attributes: { "url.path": { matches: "points$" } } },
};
const ofVouchers = {
  ...ofPoints,
  of: "vouchers",
  above: { attributes: { "url.path": { matches: "vouchers$" } } },
};
const codesOf = (...calls: ReturnType<typeof asked>[]) =>
  gradeNames([doneBy(ofPoints, calls)]).flatMap(({ faults }) =>
    faults.map((it) => `${it.code} at ${it.edge}`),
  );

test("one name for all guests, with the guest in an attribute, is right", () => {
  assert.deepEqual(codesOf(asked("a1", { name: "points" }), asked("b2", { name: "points" })), []);
});

test("a name for each guest, or for some, is reported", () => {
  assert.deepEqual(codesOf(asked("a1", { name: "points+of+a1" }), asked("b2", { name: "points+of+b2" })), [
    "names.many at points",
  ]);
  const some = [asked("a1", { name: "a" }), asked("b2", { name: "b" }), asked("c3", { name: "a" })];
  assert.deepEqual(codesOf(...some), ["names.many at points"]);
});

test("a guest who is in no attribute is reported, also where another one is", () => {
  assert.deepEqual(codesOf(asked("a1", { name: "points" }), asked("b2", { name: "points", note: "a1" })), [
    "names.lost at points",
  ]);
});

test("a trace without the span is reported, and so is that there is no trace at all", () => {
  assert.deepEqual(
    codesOf(asked("a1", { name: "points" }), asked("b2", { name: "points", path: "vouchers" })),
    ["names.none at points"],
  );
  assert.deepEqual(codesOf(), ["names.none at points"]);
});

test("nothing has to be kept of what is done for nobody", () => {
  const done = [doneBy({ ...ofPoints, keeps: false }, [asked("a1", { name: "points", note: "none" })])];
  assert.deepEqual(
    gradeNames(done).flatMap(({ faults }) => faults),
    [],
  );
});

test("two things that one maker calls the same are reported", () => {
  const calls = [asked("a1", { name: "ask" })];
  const others = [asked("a1", { name: "ask", path: "vouchers" })];
  const items = gradeNames([doneBy(ofPoints, calls), doneBy(ofVouchers, others)]);
  assert.deepEqual(
    items.flatMap(({ faults }) => faults),
    [{ code: "names.same", edge: "gateway CLIENT" }],
  );
  assert.match(items.at(-1)?.seen ?? "", /"ask" is points and vouchers/);
});
