import assert from "node:assert/strict";
import { test } from "node:test";
import { collectorVersion, envoyVersion, missingModules, tempoVersion } from "./version.ts";

test("Envoy's version line", () => {
  const line =
    "\nenvoy  version: 6e5a0b7d6ba3a1e8a6a8f8d4c6e9c5f6a7b8c9d0/1.40.0/Clean/RELEASE/BoringSSL\n\n";
  assert.equal(envoyVersion(line), "1.40.0");
  assert.equal(envoyVersion(`/usr/local/bin/${line.trim()}`), "1.40.0");
  assert.equal(envoyVersion("envoy  version: 6e5a0b7d/1.41.0-dev/Modified/DEBUG/BoringSSL"), "1.41.0-dev");
  assert.equal(envoyVersion("Laravel Envoy 1.40.0"), undefined);
});

test("the Collector's version line", () => {
  assert.equal(collectorVersion("otelcol-contrib version 0.161.0\n"), "0.161.0");
  assert.equal(collectorVersion("otelcol-contrib version v0.161.0"), "0.161.0");
  assert.equal(collectorVersion("something else version 0.161.0"), undefined);
});

test("Tempo's version line, and other programs of that name", () => {
  assert.equal(
    tempoVersion("tempo, version 2.8.0 (branch: HEAD, revision: 47cc1b3)\n  build user:"),
    "2.8.0",
  );
  assert.equal(
    tempoVersion("tempo, version 2.8.0-0.20250529124718-87c2dc380cec (branch: main, revision: 87c2dc380cec)"),
    "2.8.0-0.20250529124718-87c2dc380cec",
  );
  assert.equal(tempoVersion("tempo 2.8.0"), undefined);
  assert.equal(tempoVersion("Tempo: a metronome, version 2.8.0"), undefined);
});

test("components that a Collector lacks", () => {
  const output = `receivers:
    - name: otlp
      module: go.opentelemetry.io/collector/receiver/otlpreceiver v0.161.0
      stability:
        traces: Stable
`;
  const otlp = "go.opentelemetry.io/collector/receiver/otlpreceiver v0.161.0";
  assert.deepEqual(missingModules(output, [otlp]), []);
  assert.deepEqual(missingModules(output, [otlp, "example.com/filestorage v0.161.0"]), [
    "example.com/filestorage v0.161.0",
  ]);
  assert.deepEqual(missingModules(output, [otlp.replace("161", "160")]), [otlp.replace("161", "160")]);
});
