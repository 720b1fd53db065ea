import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { suite, test } from "node:test";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { exploreUrl, grafanaUids } from "@envoy-mesh-lab/mesh";
import { parse } from "yaml";
import { findGrafana } from "./find-viewer.ts";
import { traceLink } from "./trace-viewer.ts";

const id = "0af7651916cd43dd8448eb211c80319c";
const read = (path: string) => readFileSync(join(repoRoot, "grafana", path), "utf8");

/** A busy machine is no Grafana of somebody else's. In milliseconds. */
const patience = 60_000;

suite("traceLink", () => {
  test("opens the trace in Grafana's Explore, with the provisioned data source", () => {
    const url = exploreUrl("http://127.0.0.1:3000", id);
    assert.equal(`${url.origin}${url.pathname}`, "http://127.0.0.1:3000/explore");
    assert.equal(url.searchParams.get("schemaVersion"), "1");
    const panes = JSON.parse(url.searchParams.get("panes") ?? "") as Record<string, Pane>;
    const [[key, pane] = []] = Object.entries(panes);
    assert.match(key ?? "", /^(?!\d+$)[a-z\d]{3}$/);
    const { uid, type } = parse(read("provisioning/datasources/tempo.yaml")).datasources[0];
    assert.equal(pane?.datasource, uid);
    assert.deepEqual(pane?.queries, [
      { refId: "A", datasource: { type, uid }, queryType: "traceql", query: id },
    ]);
    assert.deepEqual(Object.values(pane?.range ?? {}), ["now-1h", "now"]);
  });

  test("is a command without Grafana, for the mesh and the Tempo that were named", () => {
    assert.match(
      traceLink("http://127.0.0.1:3000", id),
      /^in Grafana: http:\/\/127\.0\.0\.1:3000\/explore\?/,
    );
    assert.equal(traceLink(undefined, id), `with: npm run lab -- trace ${id} --attributes`);
    const told = { projectName: "second", tempo: "http://127.0.0.1:3201" };
    assert.equal(
      traceLink(undefined, id, told),
      `with: npm run lab -- trace ${id} --attributes -p second --tempo http://127.0.0.1:3201`,
    );
  });
});

suite("findGrafana", () => {
  const mesh = {
    runtime: undefined,
    services: [],
    urls: { edge: "http://127.0.0.1:1", tempo: "http://127.0.0.1:3200" },
  };
  const { tempo } = mesh.urls;
  const found = async (port: number, native = false, of = tempo) =>
    findGrafana(
      { ...mesh, ...(native ? { runtime: { name: "native" } as const } : {}) },
      of,
      {},
      {
        GRAFANA_PORT: String(port),
      },
      patience,
    );

  test("is Grafana when the one with the lab's dashboard runs beside the mesh in Docker", async (t) => {
    assert.equal(JSON.parse(read("dashboards/hops.json")).uid, grafanaUids.dashboard);
    const port = await serve(t, `/api/dashboards/uid/${grafanaUids.dashboard}`);
    assert.equal(await found(port), `http://127.0.0.1:${port}`);
    assert.equal(
      await found(port, true),
      undefined,
      "a native mesh has a Tempo that this Grafana does not ask",
    );
    assert.equal(await found(port, false, "http://127.0.0.1:3201"), undefined, "another Tempo");
    const grafana = { name: "grafana", ports: [{ container: 3000, host: port, published: true }] };
    const inDocker = { ...mesh, runtime: { name: "docker" } as const, services: [grafana] };
    assert.equal(
      await findGrafana(inDocker, tempo, {}, { GRAFANA_PORT: "9" }, patience),
      `http://127.0.0.1:${port}`,
    );
    assert.equal(await findGrafana({ ...inDocker, services: [] }, tempo), undefined);
  });

  test("is none when another Grafana listens there, or nobody", async (t) => {
    const port = await serve(t, "/api/dashboards/uid/another");
    assert.equal(await found(port), undefined);
    assert.equal(await found(9), undefined);
  });
});

interface Pane {
  datasource: string;
  queries: object[];
  range: object;
}

/** A server that knows one path; its port. */
async function serve(t: TestContext, path: string): Promise<number> {
  const server = createServer((request, response) => {
    response.writeHead(request.url === path ? 200 : 404).end("{}");
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}
