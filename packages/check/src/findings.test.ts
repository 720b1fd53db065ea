import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { fails, severities } from "./findings.ts";

const manual = readFileSync(join(repoRoot, "docs", "checking-traces.md"), "utf8");

test("the manual tells every code with its weight, and no other", () => {
  for (const [code, severity] of Object.entries(severities)) {
    if (code.startsWith("expect.")) {
      assert.ok(manual.includes(`\`${code}\``), code);
    } else {
      assert.ok(manual.includes(`| \`${code}\` | ${severity} |`), `${code}: ${severity}`);
    }
  }
  for (const [, code = ""] of manual.matchAll(/^\| `([a-z]+\.[a-z-]+)` \|/gm)) {
    assert.ok(code in severities, code);
  }
});

test("notes do not fail a check", () => {
  assert.equal(fails([{ code: "input.shared-span-id" }]), false);
  assert.equal(fails([{ code: "input.shared-span-id" }, { code: "kind.one-span-proxy" }]), true);
  assert.equal(fails([{ code: "input.unreadable-span" }]), true);
  assert.equal(fails([{ code: "input.partial-answer" }]), true);
});
