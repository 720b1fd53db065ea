import assert from "node:assert/strict";
import { test } from "node:test";
import { profilesOf } from "./up.ts";

test("the page comes with a native mesh, not with a part of it, not in containers, and not for who does without", () => {
  const native = { name: "native" } as const;
  const profile = ["grafana"];
  assert.deepEqual(profilesOf({ page: true }, native), { profiles: ["page"] });
  assert.deepEqual(profilesOf({ page: true, profile }, native), { profiles: ["grafana", "page"] });
  assert.deepEqual(profilesOf({ page: false, profile }, native), { profiles: ["grafana"] });
  assert.deepEqual(profilesOf({ page: true }, native, ["tempo"]), {});
  assert.deepEqual(profilesOf({ page: true }, { name: "docker" }), {});
});
