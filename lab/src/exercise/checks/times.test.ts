import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { readFileNow } from "../../input/read-inputs.ts";
import { partTimes } from "./part-times.ts";
import { gradeTimes } from "./times.ts";

// Traces of a real mesh, three calls each; lab/src/compare/faults.test.ts tells how they were made.
const folder = new URL("../../compare/recorded/", import.meta.url).pathname;
const traces = (name: string) => readFileNow(`${folder}${name}.jsonl`, { notice: assert.fail });

suite("the times of parts", () => {
  test("a part that takes more than its share is told by its name, and nothing else is", () => {
    const [item, ...others] = gradeTimes(partTimes(traces("fault-50ms")), {
      yardstick: "network gateway-proxy outbound → backend-proxy inbound",
      most: 20,
    });
    assert.deepEqual(others, []);
    assert.deepEqual(item?.faults, [{ code: "time.too-long", edge: "proxy backend-proxy inbound" }]);
    assert.match(item?.seen ?? "", /^[56]\d(\.\d)? ms in the median$/);
  });

  test("what the yardstick itself takes is not too long", () => {
    const items = gradeTimes(partTimes(traces("work-50ms")), { yardstick: "app backend", most: 0.5 });
    assert.deepEqual(
      items.map((it) => it.ok),
      [true],
    );
  });

  test("a yardstick that no trace has is told", () => {
    const [item] = gradeTimes(partTimes(traces("plain")), { yardstick: "app till", most: 1 });
    assert.deepEqual(item?.faults, [{ code: "time.no-yardstick", edge: "app till" }]);
  });

  test("a part that most of the traces do not have has a median of 0", () => {
    const all = [...traces("plain"), ...traces("plain"), ...traces("work-50ms")].map((trace, i) =>
      i < 6
        ? { ...trace, spans: trace.spans.filter((it) => it.resource["service.name"] !== "backend") }
        : trace,
    );
    assert.equal(partTimes(all).find((it) => it.key === "app backend")?.ns, 0);
  });
});
