import assert from "node:assert/strict";
import { test } from "node:test";
import { loadListen } from "./listen-load.ts";

/** What 50,000 spans may take beside the program itself, in MB; measured: 190 in all. */
const memoryLimit = 400;

// In full, for 30 s, it is a script: load.ts.
test("10,000 spans a second for 5 s are all taken and judged, with memory that is bounded", async (context) => {
  const { sent, told, peakListening, peak } = await loadListen(10_000, 5);
  context.diagnostic(`${peakListening.toFixed()} MB while they came, ${peak.toFixed()} MB in all`);
  assert.deepEqual(
    { accepted: sent.accepted, refused: sent.refused, lost: sent.lost, judged: told.spans, code: told.code },
    { accepted: sent.made, refused: 0, lost: 0, judged: sent.made, code: 0 },
    told.said,
  );
  assert.ok(sent.made >= 50_000, `${sent.made}`);
  assert.ok(peak > 0 && peak < memoryLimit, `${peak} MB`);
});
