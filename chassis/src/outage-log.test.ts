import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "./logger.ts";
import { createOutageLog } from "./outage-log.ts";
import { noSpans } from "./span-counts.ts";

function start() {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    serviceName: "gateway",
    level: "info",
    destination: { write: (line: string) => lines.push(JSON.parse(line)) },
  });
  return { lines, outages: createOutageLog(log, "http://collector", () => noSpans) };
}

test("an outage is one line when it begins and one when it is over", () => {
  const { lines, outages } = start();
  outages.report(undefined);
  for (let outage = 0; outage < 2; outage++) {
    outages.report(new Error("down"));
    outages.report(new Error("down"));
    outages.report(undefined);
    outages.report(undefined);
  }
  assert.deepEqual(
    lines.map(({ level }) => level),
    ["warn", "info", "warn", "info"],
  );
});

test("a span that is refused for its size is reported once by its name, with its size, and strangers' names are bounded", () => {
  const { lines, outages } = start();
  const refused = { kind: "tooLarge", count: 1, bytes: 65_000, reason: "larger than max" } as const;
  outages.refused({ ...refused, name: "order" });
  outages.refused({ ...refused, name: "order" });
  assert.deepEqual(
    lines.map(({ span, bytes, reason }) => [span, bytes, reason]),
    [["order", 65_000, "larger than max"]],
  );
  for (let i = 0; i < 1_000; i++) {
    outages.refused({ ...refused, name: `order ${i}` });
  }
  assert.equal(lines.length, 100);
});
