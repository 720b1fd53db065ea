import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { HopName } from "./hops.ts";
import { hopNames } from "./hops.ts";
import { writeOverride } from "./override.ts";

const folder = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-override-"));
after(() => rmSync(folder, { recursive: true }));

test("every hop of the mesh is led through its relay, in the mesh's own files and variables", () => {
  const relayPorts = Object.fromEntries(hopNames.map((name, i) => [name, 29_000 + i])) as Record<
    HopName,
    number
  >;
  const { services } = writeOverride({ folder, relayPorts, disks: new Map() });
  assert.match(String(services.gateway?.environment?.BACKEND_URL), /^http:\/\/127\.0\.0\.1:290/);
  assert.match(
    String(services.backend?.environment?.OTEL_EXPORTER_OTLP_ENDPOINT),
    /^http:\/\/127\.0\.0\.1:290/,
  );
  assert.deepEqual(
    readdirSync(folder)
      .filter((it) => !it.startsWith("tempo"))
      .toSorted(),
    [
      "backend-proxy-backend.yaml",
      "edge-edge.yaml",
      "gateway-proxy-gateway.yaml",
      "otel-collector-otel-collector.yaml",
    ],
  );
});
