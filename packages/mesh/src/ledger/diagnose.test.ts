import assert from "node:assert/strict";
import { test } from "node:test";
import type { Mesh } from "../runtime/mesh.ts";
import { diagnose, explainMissing } from "./diagnose.ts";
import type { Ledger } from "./ledger.ts";
import { sumMetric, toEnvoyCounts } from "./ledger.ts";

const well: Ledger = {
  services: { gateway: { ended: 4, exported: 4, failed: 0, dropped: 0, tooLarge: 0, queued: 0 } },
  envoys: { edge: { sent: 4, dropped: 0, exportsFailed: 0 } },
  collector: {
    accepted: 8,
    refused: 0,
    failed: 0,
    sent: 8,
    sendFailed: 0,
    leftOut: 0,
    tailSampled: 0,
    queueSize: 0,
  },
  tempo: { received: 8, dropped: {}, refused: 0, unwritten: 0 },
};
const collector = well.collector as NonNullable<Ledger["collector"]>;

test("a trace id that nobody logged was never in this mesh", () => {
  assert.match(explainMissing([], well), /no request of this mesh had it/);
});

test("the first place that does not pass the spans on is named", () => {
  const logged = ["edge"];
  assert.match(explainMissing(logged, { ...well, collector: undefined }), /the Collector does not answer/);
  assert.match(
    explainMissing(logged, {
      ...well,
      collector: undefined,
      services: { gateway: { ended: 4, exported: 1, failed: 1, dropped: 0, tooLarge: 0, queued: 2 } },
    }),
    /gateway has 2 spans waiting and 1 given up/,
  );
  assert.match(
    explainMissing(logged, { ...well, tempo: undefined }),
    /waiting for Tempo, which does not answer/,
  );
  assert.match(
    explainMissing(logged, { ...well, collector: { ...collector, queueSize: 3 } }),
    /3 bytes waiting/,
  );
  assert.match(
    explainMissing(logged, { ...well, envoys: { edge: { sent: 1, dropped: 7, exportsFailed: 2 } } }),
    /lost on their way[\s\S]*edge dropped 7 spans\nedge gave up 2 exports/,
  );
  assert.match(
    explainMissing(logged, { ...well, collector: { ...collector, sent: 5 } }),
    /has lost 3 spans that it had accepted/,
  );
  assert.match(
    explainMissing(logged, { ...well, collector: { ...collector, sent: 5, tailSampled: 2 } }),
    /tail_sampling.*may have left this one out: it has handed on 5 of 8 spans/,
  );
  assert.match(
    explainMissing(logged, { ...well, collector: { ...collector, sent: 5, leftOut: 3 } }),
    /has left out 3 of 8 spans on purpose/,
  );
  assert.match(explainMissing(logged, well), /was not sampled/);
});

test("metrics are added up over their labels, and names are matched whole", () => {
  const text = 'a_total{x="1"} 2\na_total{x="2"} 3\na_total_more 100\n# HELP a_total nothing\n';
  assert.equal(sumMetric(text, "a_total"), 5);
  assert.equal(sumMetric(text, "b"), 0);
});

test("an Envoy's exports that ended without the Collector's 200 count as given up", () => {
  const text = [
    "cluster.otel_collector.upstream_rq_200: 459",
    "cluster.otel_collector.upstream_rq_completed: 480",
    "cluster.spans.upstream_rq_active: 4",
    "cluster.spans.upstream_rq_pending_overflow: 70",
    "cluster.spans.upstream_rq_total: 664",
    "tracing.opentelemetry.spans_dropped: 3",
    "tracing.opentelemetry.spans_sent: 4970",
  ].join("\n");
  assert.deepEqual(toEnvoyCounts(text), { sent: 4970, dropped: 3, exportsFailed: 271 });
  assert.deepEqual(toEnvoyCounts(""), { sent: 0, dropped: 0, exportsFailed: 0 });
});

test("who only has addresses of a mesh is told that its parts cannot be asked, and of no runtime's commands", async () => {
  const hint = await diagnose("0".repeat(32), { runtime: undefined } as Mesh);
  assert.match(hint, /parts cannot be asked .* log of its Collector/);
  assert.doesNotMatch(hint, /docker|kubectl/);
});
