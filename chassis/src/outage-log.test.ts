import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "./logger.ts";
import { createOutageLog } from "./outage-log.ts";

test("an outage is one line when it begins and one when it is over", () => {
  const messages: string[] = [];
  const log = createLogger({
    serviceName: "gateway",
    level: "info",
    destination: { write: (line: string) => messages.push(JSON.parse(line).level) },
  });
  const counts = { started: 0, ended: 0, exported: 0, failed: 0, dropped: 0, queued: 0 };
  const outages = createOutageLog(log, "http://collector", () => counts);
  outages.report(undefined);
  for (let outage = 0; outage < 2; outage++) {
    outages.report(new Error("down"));
    outages.report(new Error("down"));
    outages.report(undefined);
    outages.report(undefined);
  }
  assert.deepEqual(messages, ["warn", "info", "warn", "info"]);
});
