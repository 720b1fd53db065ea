import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { placeOf } from "./render.ts";

const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "a.yaml"), "one\ntwo\n");
const look = {
  "expect.attribute": { file: "a.yaml", at: "one" },
  "expect.attribute at backend SERVER": { file: "a.yaml", at: "two" },
};

test("where to look is told by what was found and where, or else by what was found", () => {
  const code = "expect.attribute";
  assert.match(placeOf({ look }, { code, edge: "backend SERVER" }, folder) ?? "", /a\.yaml:2 {2}two$/);
  assert.match(placeOf({ look }, { code, edge: "gateway SERVER" }, folder) ?? "", /a\.yaml:1 {2}one$/);
  assert.match(placeOf({ look }, { code }, folder) ?? "", /a\.yaml:1 {2}one$/);
  assert.equal(placeOf({ look }, { code: "context.lost" }, folder), undefined);
});
