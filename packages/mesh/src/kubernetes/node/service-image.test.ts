import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { serviceLayer } from "./service-image.ts";

suite("the services' image", () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-image-"));
  after(() => rmSync(folder, { recursive: true }));

  test("has all that a service imports, and nothing of what tests and develops it", () => {
    const { from, links } = serviceLayer();
    for (const [path, source] of Object.entries(from)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      execFileSync("cp", ["-aL", source, join(folder, path)]);
    }
    for (const [path, target] of Object.entries(links)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      execFileSync("ln", ["-s", target, join(folder, path)]);
    }
    const app = join(folder, "app");
    for (const name of ["typescript", "@biomejs", "commander", "fast-check"]) {
      assert.equal(existsSync(join(repoRoot, "node_modules", name)), true);
      assert.equal(existsSync(join(app, "node_modules", name)), false, name);
    }
    assert.equal(existsSync(join(app, "lab")), false);
    // It reads its settings, and says that they are well: every import was found.
    const env = {
      PATH: process.env.PATH,
      LISTEN_ADDRESS: "127.0.0.1:0",
      OTEL_SERVICE_NAME: "gateway",
      BACKEND_URL: "http://gateway-proxy:15001",
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://otel-collector:4317",
      OTEL_EXPORTER_OTLP_PROTOCOL: "grpc",
      ALLOWED_HOSTS: "gateway",
    };
    for (const service of ["gateway", "backend"]) {
      execFileSync(process.execPath, [`${service}/src/main.ts`, "--validate"], {
        cwd: app,
        env,
        stdio: "pipe",
      });
    }
  });
});
