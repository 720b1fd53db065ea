// Records the traces in packages/trace/recorded/broken-meshes/: brings a mesh up that is really broken in one way, makes calls and saves
// what Tempo has of them. Run it again when Envoy is updated: node test/recorded/record.ts [name...]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { call, createTransport, findRpc } from "@envoy-mesh-lab/load";
import { meshDown, meshUp, readMesh } from "@envoy-mesh-lab/mesh";
import { stringify } from "yaml";
import type { Case } from "./cases.ts";
import { cases } from "./cases.ts";

process.env.COMPOSE_PROJECT_NAME ??= "envoy-mesh-lab-recorded";
process.env.LAB_PORT_SHIFT ??= "2000";
const names = process.argv.slice(2);
const unknown = names.filter((name) => !cases.some((it) => it.name === name));
if (unknown.length > 0) {
  throw new Error(`no case ${unknown.join(", ")}; there are ${cases.map((it) => it.name).join(", ")}`);
}

/** How long nothing new may come until the traces of a case are taken as whole, in milliseconds. */
const quietPeriod = 3000;

const scratch = mkdtempSync(join(tmpdir(), "envoy-mesh-lab-"));
try {
  for (const it of cases.filter((it) => names.length === 0 || names.includes(it.name))) {
    await record(it);
  }
} finally {
  await meshDown({ volumes: true });
  rmSync(scratch, { recursive: true });
}

async function record(it: Case): Promise<void> {
  const envoy = join(scratch, `${it.name}-envoy.yaml`);
  writeFileSync(envoy, it.sidecar);
  const override = join(scratch, `${it.name}-compose.yaml`);
  const sidecar = { volumes: [`${envoy}:/etc/envoy/envoy.yaml:ro`] };
  writeFileSync(override, stringify({ services: { "gateway-proxy": sidecar, ...it.services } }));

  await meshUp({ files: [join(repoRoot, "compose.yaml"), override] });
  const { urls } = await readMesh();
  const quiet = { workMs: 0, failAfter: 0 };
  // In whole seconds, as Tempo's search counts.
  const since = Math.floor(Date.now() / 1000);
  for (let i = 0; i < (it.calls ?? 1); i++) {
    const result = await call(createTransport(it.protocol ?? "connect", urls.edge), {
      rpc: findRpc(it.rpc ?? "OrderDrink", undefined),
      drink: "espresso",
      messages: 3,
      gateway: quiet,
      backend: { ...quiet, ...it.backend },
      timeoutMs: it.timeoutMs ?? 10_000,
      headers: {},
    });
    if (result.code !== (it.code ?? "ok")) {
      throw new Error(`${it.name}: the call ended with ${result.code}: ${result.message ?? ""}`);
    }
  }
  const traces = await tracesSince(urls.tempo, since);
  const folder = join(repoRoot, "packages", "trace", "recorded", "broken-meshes");
  mkdirSync(folder, { recursive: true });
  const [only] = traces;
  const content =
    traces.length === 1
      ? only
      : { trace: { resourceSpans: traces.flatMap(({ trace }) => trace.resourceSpans) } };
  writeFileSync(join(folder, `${it.name}.json`), `${JSON.stringify(content)}\n`);
  console.log(`${it.name}: recorded ${traces.length} traces`);
}

interface TempoTrace {
  trace: { resourceSpans: unknown[] };
}

/** All traces of the mesh that began in this second or later, when nothing new has come for a while. */
async function tracesSince(tempo: string, since: number): Promise<TempoTrace[]> {
  let size = "";
  for (let quietAt = Date.now() + quietPeriod; ; await delay(250)) {
    const ids = await searchIds(tempo, since);
    const traces = await Promise.all(
      ids.map(
        async (id) =>
          (await (
            await fetch(`${tempo}/api/v2/traces/${id}`, { headers: { accept: "application/json" } })
          ).json()) as TempoTrace,
      ),
    );
    const now = JSON.stringify(traces.map((it) => JSON.stringify(it).length));
    if (now !== size || traces.length === 0) {
      size = now;
      quietAt = Date.now() + quietPeriod;
    } else if (Date.now() > quietAt) {
      return traces;
    }
  }
}

async function searchIds(tempo: string, since: number): Promise<string[]> {
  const query = new URLSearchParams({
    q: "{}",
    limit: "1000",
    start: `${since}`,
    end: `${Math.floor(Date.now() / 1000) + 1}`,
  });
  const body = (await (await fetch(`${tempo}/api/search?${query}`)).json()) as {
    traces?: { traceID: string; startTimeUnixNano: string }[];
  };
  return (body.traces ?? [])
    .sort((a, b) => (a.startTimeUnixNano < b.startTimeUnixNano ? -1 : 1))
    .map((it) => it.traceID.padStart(32, "0"));
}
