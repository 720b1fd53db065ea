import assert from "node:assert/strict";
import { after, before, suite, test } from "node:test";
import type { FaultMesh } from "./fault-mesh.ts";
import { startFaultMesh } from "./fault-mesh.ts";
import { judge } from "./judge.ts";
import { observe } from "./observe.ts";
import { renderVerdict } from "./render.ts";
import { faults } from "./table.ts";

/** Calls a second: light, so that what fails does so for the fault. */
const rate = 10;

/** `npm test -- faults --all` tries the whole table. */
const isWhole = process.env.LAB_FAULTS === "all";

suite("under load, each fault keeps its promises", () => {
  let mesh: FaultMesh;
  before(async () => {
    mesh = await startFaultMesh();
  });
  after(() => mesh?.stop());

  for (const fault of faults.filter(({ isInStage }) => isWhole || isInStage)) {
    test(fault.name, { skip: fault.whyNot ?? false }, async () => {
      const verdict = judge(fault, await observe(fault, mesh, rate));
      const text = renderVerdict(fault.name, verdict);
      console.log(text);
      assert.equal(verdict.problems.length, 0, text);
    });
  }
});
