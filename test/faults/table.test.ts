import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { hopNames } from "./hops.ts";
import { faults } from "./table.ts";

const document = readFileSync(join(repoRoot, "docs", "reliability.md"), "utf8").replace(/\s+/g, " ");

test("the document says how many spans a fault may cost", () => {
  for (const { name, spans } of faults.filter(({ spans: it }) => it.of !== undefined)) {
    assert.ok(document.includes(spans.says), `${name}: "${spans.says}"`);
  }
});

test("every fault has a name of its own", () => {
  assert.equal(new Set(faults.map(({ name }) => name)).size, faults.length);
});

test("every part and every hop has its faults, and the stage tries every part and all kinds", () => {
  for (const at of [
    "edge",
    "gateway-proxy",
    "backend-proxy",
    "gateway",
    "backend",
    "otel-collector",
    "tempo",
  ]) {
    assert.ok(
      faults.some((it) => it.at === at && it.isInStage),
      at,
    );
  }
  for (const hop of hopNames) {
    assert.equal(faults.filter((it) => it.at === hop).length, 3, hop);
  }
  const kinds = (all: typeof faults) =>
    [...new Set(all.map(({ inject }) => Object.keys(inject)[0]))].toSorted();
  // An outage that is longer than Envoys wait takes minutes.
  const short = faults.filter(({ inject }) => !("awayForMs" in inject));
  assert.deepEqual(kinds(faults.filter(({ isInStage }) => isInStage)), kinds(short));
});
