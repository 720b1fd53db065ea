import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { until } from "../until.ts";
import { startCollector } from "./collector.ts";
import { listenTo, startListening } from "./listen.ts";
import { goApp, pythonApp, telemetrygen } from "./programs.ts";

const folder = mkdtempSync(join(tmpdir(), "exporters-"));
after(() => rmSync(folder, { recursive: true }));

/** Every SDK reads this (OpenTelemetry specification, "OTLP Exporter"). */
const gzip = { OTEL_EXPORTER_OTLP_COMPRESSION: "gzip" };
const twoTraces = { traces: 2, spans: 2 };
const counts = ({ traces, spans }: { traces: number; spans: number }) => ({ traces, spans });

suite("what others export comes to meshtrace listen", () => {
  for (const protocol of ["grpc", "http/protobuf"]) {
    test(`OpenTelemetry Go with ${protocol}, as it is and packed`, async () => {
      const command = [await goApp(), protocol];
      assert.deepEqual(counts(await listenTo(command)), twoTraces);
      assert.deepEqual(counts(await listenTo(command, gzip)), twoTraces);
    });

    test(`OpenTelemetry Python with ${protocol}, as it is and packed`, async () => {
      const { command, env } = await pythonApp();
      assert.deepEqual(counts(await listenTo([...command, protocol], env)), twoTraces);
      assert.deepEqual(counts(await listenTo([...command, protocol], { ...env, ...gzip })), twoTraces);
    });
  }

  for (const how of [[], ["--otlp-http"]]) {
    test(`telemetrygen ${how.join(" ")}`, async () => {
      // It takes no endpoint from its environment, and wants it without a scheme.
      const options = `--otlp-endpoint "\${OTEL_EXPORTER_OTLP_ENDPOINT#http://}" --otlp-insecure ${how.join(" ")}`;
      const size = "--workers 4 --traces 100 --child-spans 9 --rate 0";
      const command = ["sh", "-c", `exec "${await telemetrygen()}" traces ${options} ${size} 2> /dev/null`];
      // Its SDK drops what does not fit its queue, which has 2,048 by itself.
      const told = await listenTo(command, { OTEL_BSP_MAX_QUEUE_SIZE: "10000" });
      assert.deepEqual(counts(told), { traces: 400, spans: 4000 });
    });
  }
});

suite("the Collector", () => {
  const app = join(repoRoot, "packages/meshtrace/testing/export-spans.mjs");
  const send = (endpoint: string) =>
    execFileSync(process.execPath, [app, "http/protobuf"], {
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    });

  test("sends to it with gRPC, as it is set up by itself", async () => {
    const { endpoint, told } = await startListening("--spans", "2");
    const collector = await startCollector("otlp", { endpoint, tls: { insecure: true } });
    send(collector.url);
    const { code, ...rest } = await told();
    await collector.stop();
    assert.deepEqual([code, counts(rest)], [0, twoTraces], rest.said);
  });

  test("gets what it passes on", async () => {
    const file = join(folder, "passed-on.jsonl");
    const collector = await startCollector("file", { path: file, flush_interval: "100ms" });
    try {
      const { endpoint, told } = await startListening("--spans", "2", "--forward", collector.url);
      send(endpoint);
      const { code, said } = await told();
      assert.equal(code, 0, said);
      assert.doesNotMatch(said, /could not be passed on/);
    } finally {
      await collector.stop();
    }
    const main = join(repoRoot, "packages/meshtrace/main.ts");
    const check = () => execFileSync(process.execPath, [main, "check", file, "--json"], { encoding: "utf8" });
    const told = await until(
      () => JSON.parse(check()),
      ({ spans }) => spans === 2,
    );
    assert.deepEqual(counts(told), twoTraces);
  });
});
