import assert from "node:assert/strict";
import { test } from "node:test";
import { suggest } from "./suggest.ts";

const parts = ["tempo", "tempo-proxy", "gateway", "gateway-proxy", "backend", "edge"];

test("a misspelt word is reported with what was meant, and nothing is reported when nothing is near", () => {
  assert.equal(suggest("gatway", parts), "did you mean gateway? ");
  assert.equal(suggest("gatewya", parts), "did you mean gateway? ");
  assert.equal(suggest("Gateway-Porxy", parts), "did you mean gateway-proxy? ");
  assert.equal(suggest("egde", parts), "did you mean edge? ");
  assert.equal(suggest("at", ["cat", "hat", "horse"]), "did you mean cat or hat? ");
  assert.equal(suggest("kafka", parts), "");
  assert.equal(suggest("", parts), "");
  assert.equal(suggest("e".repeat(100_000), parts), "");
});
