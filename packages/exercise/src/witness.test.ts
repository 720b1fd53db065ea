import assert from "node:assert/strict";
import { test } from "node:test";
import { drawnTrace } from "@envoy-mesh-lab/trace/testing";
import { gradeWitness, madeBy } from "./witness.ts";

const trace = drawnTrace(`
    edge/inbound SERVER 0-100
      gateway SERVER 5-95
        gateway CLIENT 10-30
          backend SERVER 12-28
`);

const counts = (edge: number, gateway: number, backend: number) =>
  new Map(Object.entries({ edge, gateway, backend }));

test("spans that their makers have counted are theirs, and others may have been made besides", () => {
  assert.deepEqual(gradeWitness([trace], counts(5, 0, 7), counts(6, 2, 30)), []);
});

test("spans that somebody else wrote in a part's name are reported", () => {
  const [item, ...more] = gradeWitness([trace], counts(5, 0, 7), counts(7, 4, 7));
  assert.deepEqual(more, []);
  assert.deepEqual(item?.faults, [{ code: "spans.unknown", edge: "backend" }]);
  assert.match(item?.seen ?? "", /have 1, and it has made 0 since/);
});

test("nothing is said of who could not be asked, or is no part of the mesh", () => {
  assert.deepEqual(gradeWitness([trace], new Map(), new Map()), []);
  const ledger = {
    envoys: { edge: { sent: 3, dropped: 0, exportsFailed: 0 }, "gateway-proxy": undefined },
    services: { gateway: { ended: 2, exported: 2, failed: 0, dropped: 0, tooLarge: 0, queued: 0 } },
  };
  assert.deepEqual(
    [...madeBy(ledger)],
    [
      ["edge", 3],
      ["gateway", 2],
    ],
  );
});
