import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { Code } from "@connectrpc/connect";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { createTransports } from "@envoy-mesh-lab/connections";
import { call } from "@envoy-mesh-lab/load";
import { parse } from "yaml";
import { aRequest, edgeUrl, mesh, until } from "./mesh.ts";

// Grafana itself is tried nowhere here. Its dashboard only asks Tempo, and Tempo is real: every question is put to it.
const read = (path: string) => readFileSync(join(repoRoot, "grafana", path), "utf8");
const dashboard = JSON.parse(read("dashboards/hops.json")) as {
  panels: {
    title: string;
    targets: { query: string; datasource: { uid: string } }[];
    transformations?: { options: { regex: string; renamePattern: string } }[];
  }[];
};
const questions = dashboard.panels.flatMap(({ title, targets, transformations: [rename] = [] }) =>
  targets.map((it) => ({ title, rename: rename?.options, ...it })),
);

interface Series {
  labels: { key: string; value: object }[];
  samples: { value?: number }[];
}

async function ask(path: string, query: string): Promise<{ series?: Series[]; traces?: object[] }> {
  const url = new URL(path, mesh.urls.tempo);
  url.search = String(new URLSearchParams({ q: query, since: "15m", step: "10s" }));
  const response = await fetch(url);
  const text = await response.text();
  assert.equal(response.status, 200, `${query}\n${text}`);
  return JSON.parse(text);
}

/** The services that a question's answer says something about. */
function servicesIn(series: readonly Series[]): Set<string> {
  return new Set(
    series
      .filter((it) => it.samples.some(({ value }) => value !== undefined && value > 0))
      .flatMap((it) => it.labels.filter(({ key }) => key === "resource.service.name"))
      .map(({ value }) => String(Object.values(value)[0])),
  );
}

/** How Grafana 12 names a series, by its labels (pkg/tsdb/tempo/traceql/metrics.go). */
function nameOf({ labels }: Series): string {
  const values = labels.map(({ key, value }) => [key, Object.values(value)[0]] as const);
  const [only, ...more] = values;
  return only && more.length === 0
    ? String(only[1])
    : `{${values
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .sort()
        .join(", ")}}`;
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

  for (const { title, query, datasource, rename } of questions) {
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
      const missingIn = (series: readonly Series[]) => {
        const services = servicesIn(series);
        return wanted.filter((it) => !services.has(it));
      };
      const series = await until(
        async () => (await ask("/api/metrics/query_range", query)).series ?? [],
        (it) => missingIn(it).length === 0,
      );
      assert.deepEqual(missingIn(series), [], query);
      // The legend tells each hop in two words, and each another one.
      assert.ok(rename);
      const regex = new RegExp(`^${rename.regex}$`);
      const names = series.map((it) => nameOf(it).replace(regex, rename.renamePattern).trim());
      for (const name of names) assert.match(name, /^[a-z-]+( inbound| outbound)?$/);
      assert.equal(new Set(names).size, names.length, names.join(", "));
    });
  }
});
