import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { parseRestartPolicy, restartDelay } from "./restart-policy.ts";

suite("the restart policy", () => {
  test("reads Compose's words", () => {
    assert.deepEqual(parseRestartPolicy("unless-stopped"), { when: "unless-stopped" });
    assert.deepEqual(parseRestartPolicy("on-failure"), { when: "on-failure" });
    assert.deepEqual(parseRestartPolicy("on-failure:5"), { when: "on-failure", attempts: 5 });
    assert.equal(parseRestartPolicy("always:5"), undefined);
    assert.equal(parseRestartPolicy(""), undefined);
  });

  test("decides by how the part ended", () => {
    assert.equal(restartDelay({ when: "no" }, true, 0), undefined);
    assert.equal(restartDelay({ when: "on-failure" }, false, 0), undefined);
    assert.equal(restartDelay({ when: "on-failure" }, true, 0), 100);
    assert.equal(restartDelay({ when: "always" }, false, 0), 100);
    assert.equal(restartDelay({ when: "unless-stopped" }, false, 0), 100);
  });

  test("waits twice as long each time, up to a minute", () => {
    const delays = [0, 1, 2, 9, 10, 2000].map((restarts) => restartDelay({ when: "always" }, true, restarts));
    assert.deepEqual(delays, [100, 200, 400, 51_200, 60_000, 60_000]);
  });

  test("ends after the attempts of on-failure:N", () => {
    const policy = { when: "on-failure", attempts: 2 } as const;
    assert.deepEqual(
      [0, 1, 2].map((restarts) => restartDelay(policy, true, restarts)),
      [100, 200, undefined],
    );
  });
});
