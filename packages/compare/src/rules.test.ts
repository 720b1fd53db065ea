import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { hopRoles } from "./hop.ts";
import { mixtureOf, pathRules } from "./rules.ts";

const book = readFileSync(new URL("../../../docs/comparing-traces.md", import.meta.url), "utf8");

test("the rule book tells every rule and every role, and no rule that is not there", () => {
  for (const rule of Object.keys(pathRules))
    assert.match(book, new RegExp(`\\*\\*.*\`${rule}\`.*\\*\\*`), rule);
  for (const role of hopRoles) assert.match(book, new RegExp(`^\\| \`${role}\` \\|`, "m"), role);
  const told = [...book.matchAll(/^\*\*(`.*?`)(?:\*\*|,)/gm)].map(([, code]) => code?.slice(1, -1));
  assert.ok(told.length > 3);
  for (const code of told) assert.ok(code !== undefined && code in pathRules, code);
});

test("what is mixed names who is in it, and what the proxy at hand can do about it", () => {
  const mixed = { id: 0, role: "mixed", from: "p outbound" } as const;
  assert.match(
    mixtureOf({ ...mixed, to: "b", proxy: "envoy" }) ?? "",
    /own time of p outbound and the network to b.*spawn_upstream_span/,
  );
  assert.match(mixtureOf({ ...mixed, to: "b", proxy: "nginx" }) ?? "", /NGINX makes no CLIENT span/);
  assert.match(mixtureOf({ ...mixed, to: "b", proxy: "istio" }) ?? "", /Istio's sidecars .* EnvoyFilter/);
  assert.match(mixtureOf({ ...mixed, to: "b", proxy: "istio-gateway" }) ?? "", /from Istio 1\.28 on/);
  assert.match(mixtureOf({ ...mixed, to: "b", proxy: "other" }) ?? "", /a CLIENT span of p outbound/);
  assert.match(
    mixtureOf({ ...mixed, to: "b (no span)" }) ?? "",
    /the network to b and its work; a span of b would/,
  );
  // Whatever the product: below it is nobody's span at all.
  assert.match(
    mixtureOf({ ...mixed, proxy: "nginx" }) ?? "",
    /the time of whatever it called; only a span of that party would/,
  );
  assert.equal(mixtureOf({ ...mixed, role: "proxy" }), undefined);
});
