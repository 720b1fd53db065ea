import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensurePrograms } from "@envoy-mesh-lab/mesh";
import { stringify } from "yaml";
import { until } from "../until.ts";

/** A Collector that passes on what it takes. */
export interface Collector {
  /** Where it takes OTLP over HTTP. */
  readonly url: string;
  /** Ends it with SIGTERM, so that it passes on what it has first. */
  stop(): Promise<void>;
}

/**
 * Starts a Collector with OTLP over HTTP at a free port and one exporter.
 *
 * @param exporter its name, and what configures it.
 */
export async function startCollector(exporter: string, settings: object): Promise<Collector> {
  const { "otelcol-contrib": program } = await ensurePrograms(["otelcol-contrib"]);
  const endpoint = `127.0.0.1:${await freePort()}`;
  const folder = mkdtempSync(join(tmpdir(), "collector-"));
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint } } } },
    exporters: { [exporter]: settings },
    service: {
      telemetry: { metrics: { level: "none" } },
      pipelines: { traces: { receivers: ["otlp"], exporters: [exporter] } },
    },
  };
  const file = join(folder, "collector.yaml");
  writeFileSync(file, stringify(config));
  const child = spawn(program.path, ["--config", file], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = once(child, "exit");
  // Also when a test is told to end before its time.
  process.once("exit", () => child.kill("SIGKILL"));
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (it: string) => {
    log += it;
  });
  const begun = () => log.includes("Everything is ready") || child.exitCode !== null;
  await until(begun, (it) => it);
  if (!log.includes("Everything is ready")) {
    child.kill("SIGKILL");
    throw new Error(`the Collector did not start:\n${log}\n${readFileSync(file, "utf8")}`);
  }
  return {
    url: `http://${endpoint}`,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
