import assert from "node:assert/strict";
import { test } from "node:test";
import { expectedHopsFile } from "@envoy-mesh-lab/bootstrap";
import { expectedSchema } from "@envoy-mesh-lab/check";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { saysAll } from "./gather.ts";

const hop = { service: "a", kind: "server" };
const says = (it: object) => saysAll(expectedSchema.parse({ name: "n", ...it }));

test("only where no span may be added is a trace that is as expected whole", () => {
  assert.equal(saysAll(readExpected(expectedHopsFile)), true);
  assert.equal(says({ hops: [hop, { ...hop, count: 3 }] }), true);
  assert.equal(says({ hops: [] }), false);
  assert.equal(says({ hops: [hop], others: "allowed" }), false);
  assert.equal(says({ hops: [{ ...hop, optional: true }] }), false);
  assert.equal(says({ hops: [{ ...hop, count: { min: 1, max: 3 } }] }), false);
  assert.equal(says({ hops: [{ ...hop, children: [{ ...hop, count: { min: 1 } }] }] }), false);
  assert.equal(says({ hops: [hop], findings: { must: ["retry.hidden"] } }), false);
});
