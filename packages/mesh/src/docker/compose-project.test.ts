import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readHashes } from "./compose-project.ts";

describe("docker compose config --hash", () => {
  it("is read line by line", () => {
    assert.deepEqual(
      [...readHashes("edge 0a\ngateway-proxy 0b\n\n")],
      [
        ["edge", "0a"],
        ["gateway-proxy", "0b"],
      ],
    );
  });
});
