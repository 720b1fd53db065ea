import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readHashes } from "./compose-project.ts";

suite("docker compose config --hash", () => {
  test("is read line by line", () => {
    assert.deepEqual(
      [...readHashes("edge 0a\ngateway-proxy 0b\n\n")],
      [
        ["edge", "0a"],
        ["gateway-proxy", "0b"],
      ],
    );
  });
});
