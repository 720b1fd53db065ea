import assert from "node:assert/strict";
import { test } from "node:test";
import type { Ledger } from "./ledger.ts";
import { toCollectorCounts, toTempoCounts } from "./ledger.ts";
import { describeLosses, vanishedSpans } from "./losses.ts";

const collector = {
  accepted: 2024,
  refused: 0,
  failed: 0,
  sent: 2024,
  sendFailed: 0,
  leftOut: 0,
  tailSampled: 0,
  queueSize: 0,
};
const well: Ledger = {
  services: {
    gateway: { ended: 4, exported: 4, failed: 0, dropped: 0, tooLarge: 0, queued: 0 },
    backend: undefined,
  },
  envoys: { edge: { sent: 4, dropped: 0, exportsFailed: 0 } },
  collector,
  tempo: { received: 8, dropped: {}, refused: 0, unwritten: 0 },
};

test("nothing is said of a mesh that has lost nothing, nor of parts that do not answer", () => {
  assert.deepEqual(describeLosses(well), []);
  assert.deepEqual(describeLosses({ services: {}, envoys: {}, collector: undefined, tempo: undefined }), []);
});

test("what was accepted, is not waiting and was not sent has vanished", () => {
  // Counted on a full disk: see docs/reliability.md.
  assert.equal(vanishedSpans({ ...collector, sent: 1947 }), 77);
  assert.equal(vanishedSpans({ ...collector, sent: 1947, sendFailed: 7 }), 70);
  assert.equal(vanishedSpans({ ...collector, sent: 1947, queueSize: 1 }), undefined);
  assert.equal(vanishedSpans({ ...collector, accepted: 10 }), 0);
});

test("what is left out on purpose has not vanished", () => {
  // As the Collector 0.161 wrote them, shortened.
  const items = (way: string, processor: string, count: number, signal = "traces") =>
    `otelcol_processor_${way}_items{otel_signal="${signal}",processor="${processor}"} ${count}`;
  const text = [
    'otelcol_receiver_accepted_spans{receiver="otlp",transport="grpc"} 66',
    items("incoming", "memory_limiter", 99),
    items("outgoing", "memory_limiter", 66),
    items("incoming", "filter/health", 66),
    items("outgoing", "filter/health", 60),
    items("incoming", "filter/health", 1000, "metrics"),
    items("incoming", "probabilistic_sampler", 60),
    items("outgoing", "probabilistic_sampler", 40),
    'otelcol_exporter_sent_spans{exporter="otlp_grpc/tempo"} 38',
  ].join("\n");
  const counts = toCollectorCounts(text);
  assert.equal(counts.leftOut, 26);
  assert.equal(vanishedSpans(counts), 2);
  const tail = toCollectorCounts(`${text}\notelcol_processor_tail_sampling_new_trace_id_received 6`);
  assert.equal(vanishedSpans(tail), undefined);
});

test("refused and lost are told apart, and each part's own", () => {
  const ledger: Ledger = {
    services: { gateway: { ended: 9, exported: 4, failed: 2, dropped: 2, tooLarge: 1, queued: 0 } },
    envoys: { edge: { sent: 4, dropped: 6, exportsFailed: 2 } },
    collector: { ...collector, sent: 1947, refused: 31_504 },
    tempo: { received: 8, dropped: { trace_too_large: 11 }, refused: 0, unwritten: 2 },
  };
  assert.deepEqual(describeLosses(ledger), [
    "gateway lost 5 spans",
    "edge lost 6 spans",
    "edge gave up 2 exports of spans",
    "otel-collector lost 77 spans that it had accepted",
    "otel-collector refused 31504 spans, counted once for each try; who sends them tries again",
    "tempo dropped 11 spans: trace_too_large",
    "tempo could not write traces that it had taken, 2 times, and does not count their spans; lab logs tempo says why",
  ]);
});

test("what Tempo drops counts by reason, without what comes again", () => {
  const text = [
    'tempo_discarded_spans_total{reason="rate_limited",tenant="single-tenant"} 2048',
    'tempo_discarded_spans_total{reason="trace_too_large",tenant="single-tenant"} 11',
    'tempo_discarded_spans_total{reason="unknown_error",tenant="single-tenant"} 0',
    'tempo_distributor_spans_received_total{tenant="single-tenant"} 1.5e+06',
  ].join("\n");
  // As Tempo 2.8 wrote them on a full disk.
  const log = [
    '{"level":"error","msg":"failed to cut traces","err":"write /wal/x: no space left on device"}',
    '{"level":"warn","msg":"something else"}',
  ].join("\n");
  assert.deepEqual(toTempoCounts(text, log), {
    received: 1_500_000,
    dropped: { trace_too_large: 11 },
    refused: 2048,
    unwritten: 1,
  });
});
