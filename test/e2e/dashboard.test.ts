import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Code } from "@connectrpc/connect";
import { createTransports } from "@envoy-mesh-lab/connections";
import { parse } from "yaml";
import { call } from "../../lab/src/call/call.ts";
import { repoRoot } from "../../lab/src/paths.ts";
import { aRequest, edgeUrl, mesh, until } from "./mesh.ts";

// Grafana itself is tried nowhere here. Its dashboard only asks Tempo, and Tempo is real: every question is put to it.
const read = (path: string) => readFileSync(join(repoRoot, "grafana", path), "utf8");
const dashboard = JSON.parse(read("dashboards/hops.json")) as {
  panels: { title: string; targets: { query: string; datasource: { uid: string } }[] }[];
};
const questions = dashboard.panels.flatMap(({ title, targets }) => targets.map((it) => ({ title, ...it })));

type Series = { labels: { key: string; value: object }[]; samples: { value?: number }[] };

async function ask(path: string, query: string): Promise<{ series?: Series[]; traces?: object[] }> {
  const url = new URL(path, mesh.urls.tempo);
  url.search = String(new URLSearchParams({ q: query, since: "15m", step: "10s" }));
  const response = await fetch(url);
  const text = await response.text();
  assert.equal(response.status, 200, `${query}\n${text}`);
  return JSON.parse(text);
}

/** The services that a question's answer tells something about. */
function servicesIn(series: readonly Series[]): Set<string> {
  return new Set(
    series
      .filter((it) => it.samples.some(({ value }) => value !== undefined && value > 0))
      .flatMap((it) => it.labels.filter(({ key }) => key === "resource.service.name"))
      .map(({ value }) => String(Object.values(value)[0])),
  );
}

const proxies = ["edge", "gateway-proxy", "backend-proxy"];
const applications = ["gateway", "backend"];
const expectedServices: [RegExp, string[]][] = [
  [/^Proxies/, proxies],
  [/^Applications/, applications],
  [/^Requests/, [...proxies, ...applications]],
  [/^Failures/, applications],
];

suite("Tempo answers what the dashboard asks", { concurrency: true }, async () => {
  const transports = createTransports({ url: edgeUrl });
  try {
    await call(transports.grpc, aRequest());
    const backend = { workMs: 0, failAfter: 0, fail: Code.Unavailable };
    assert.equal((await call(transports.grpc, aRequest({ backend }))).code, "unavailable");
  } finally {
    transports.close();
  }

  for (const { title, query, datasource } of questions) {
    test(title, async () => {
      assert.equal(datasource.uid, parse(read("provisioning/datasources/tempo.yaml")).datasources[0].uid);
      const wanted = expectedServices.find(([pattern]) => pattern.test(title))?.[1];
      if (wanted === undefined) {
        const { traces } = await until(
          () => ask("/api/search", query),
          (it) => (it.traces?.length ?? 0) > 0,
        );
        assert.ok((traces?.length ?? 0) > 0, query);
        return;
      }
      const missing = await until(
        async () => {
          const services = servicesIn((await ask("/api/metrics/query_range", query)).series ?? []);
          return wanted.filter((it) => !services.has(it));
        },
        (it) => it.length === 0,
      );
      assert.deepEqual(missing, [], query);
    });
  }
});
