import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { composeFiles } from "./compose-files.ts";

suite("the compose files of a mesh in Docker", () => {
  test("are those that are named, else those of the environment, else the usual ones", () => {
    const env = { COMPOSE_FILE: "a.yaml;b.yaml", COMPOSE_PATH_SEPARATOR: ";" };
    assert.deepEqual(composeFiles(["x.yaml"], env), ["x.yaml"]);
    assert.deepEqual(composeFiles([], env), ["a.yaml", "b.yaml"]);
    assert.deepEqual(
      composeFiles([], {}, () => false),
      ["compose.yaml"],
    );
    assert.deepEqual(
      composeFiles([], {}, () => true),
      ["compose.yaml", "compose.override.yaml"],
    );
  });
});
