import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewer } from "./is-newer.ts";
import { npm } from "./npm.ts";
import { newestTested } from "./releases.ts";

/*
 * A release that is newer than the matrix is reported and fails nothing: what others publish must not break a change of ours that has
 * nothing to do with it. Move `releases.ts` then, and run the matrix.
 */
for (const [name, tested] of Object.entries(newestTested)) {
  test(`${name} ${tested} is the newest release, or there is a newer one to test`, async (t) => {
    const versions: unknown = JSON.parse(await npm(process.cwd(), "view", name, "versions", "--json"));
    assert.ok(Array.isArray(versions), `the registry lists releases of ${name}`);
    assert.ok(versions.includes(tested), `${name} ${tested} is released`);
    // The tag "latest" may lag behind; what is newest is told by the numbers.
    const newer = versions.filter((it) => typeof it === "string" && isNewer(it, tested));
    t.diagnostic(newer.length === 0 ? "the newest was tested" : `not tested yet: ${newer.join(", ")}`);
  });
}
