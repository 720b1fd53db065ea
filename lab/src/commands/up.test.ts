import assert from "node:assert/strict";
import { test } from "node:test";
import { profilesOf, queryOf } from "./up.ts";

test("the page comes with a native mesh, not with a part of it, not in containers, and not for who does without", () => {
  const native = { name: "native" } as const;
  const profile = ["grafana"];
  assert.deepEqual(profilesOf({ page: true }, native), { profiles: ["page"] });
  assert.deepEqual(profilesOf({ page: true, profile }, native), { profiles: ["grafana", "page"] });
  assert.deepEqual(profilesOf({ page: false, profile }, native), { profiles: ["grafana"] });
  assert.deepEqual(profilesOf({ page: true }, native, ["tempo"]), {});
  assert.deepEqual(profilesOf({ page: true }, { name: "docker" }), {});
});

test("Istio is the native mesh with a file more, and nothing for containers", () => {
  const { files = [], runtime } = queryOf({ istio: true });
  assert.equal(runtime, "native");
  assert.match(files.at(-1) ?? "", /compose\.istio\.yaml$/);
  assert.equal(queryOf({}).runtime, undefined);
  assert.throws(() => queryOf({ istio: true, docker: true }), {
    exitCode: 2,
    message: /--istio runs without containers/,
  });
});
