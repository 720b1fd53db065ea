import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { meshUp } from "@envoy-mesh-lab/mesh";
import { isMap, isSeq, parseDocument, visit } from "yaml";

/** The delay that the proxies are made to add, in milliseconds. */
export const delayMs = 50;

/** The header that asks for a delay, with the name of the configuration file as its value: "edge" for example. */
export const delayHeader = "x-delay-at";

/** The kitchen's RPCs that are always delayed, by where: the gateway passes no header of its caller on. */
const delayedPaths = {
  backend: "/kitchen.v1.KitchenService/GetRecipe",
  gatewayOutbound: "/kitchen.v1.KitchenService/WatchBrew",
};

const inAllCases = { numerator: 100, denominator: "HUNDRED" };

/** Envoy's fault filter, switched on by a header. */
function faultFilter(name: string, match: object): object {
  return {
    name: `delay by ${name}`,
    typed_config: {
      "@type": "type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault",
      delay: { fixed_delay: `${delayMs / 1000}s`, percentage: inAllCases },
      headers: [{ name, string_match: match }],
    },
  };
}

/** An Envoy configuration of the repository with the filters in front of every router. */
function withFilters(file: string, filters: readonly object[]): string {
  const document = parseDocument(readFileSync(join(repoRoot, "envoy", file), "utf8"));
  let added = 0;
  visit(document, {
    Pair(_, { key, value }) {
      if (String(key) === "http_filters" && isSeq(value)) {
        const at = value.items.findIndex((it) => isMap(it) && it.get("name") === "envoy.filters.http.router");
        value.items.splice(at, 0, ...filters.map((filter) => document.createNode(filter)));
        added++;
      }
    },
  });
  if (added === 0) {
    throw new Error(`envoy/${file} has no http_filters`);
  }
  return document.toString();
}

/** Gives the proxies of the running mesh filters that can delay a request; ends with the mesh as it was. */
export async function withDelays(work: () => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "lab-delays-"));
  const filters = {
    "edge.yaml": [faultFilter(delayHeader, { exact: "edge" })],
    "gateway.yaml": [
      faultFilter(delayHeader, { exact: "gateway" }),
      faultFilter(":path", { prefix: delayedPaths.gatewayOutbound }),
    ],
    "backend.yaml": [faultFilter(":path", { prefix: delayedPaths.backend })],
  };
  const services = Object.entries(filters).map(([file, list]) => {
    const path = join(folder, file);
    writeFileSync(path, withFilters(file, list));
    const name = basename(file, ".yaml");
    return [name === "edge" ? name : `${name}-proxy`, { volumes: [`${path}:/etc/envoy/envoy.yaml:ro`] }];
  });
  const override = join(folder, "compose.delays.yaml");
  // JSON is YAML too.
  writeFileSync(override, JSON.stringify({ services: Object.fromEntries(services) }));
  try {
    await meshUp({ files: [join(repoRoot, "compose.yaml"), override] });
    await work();
  } finally {
    await meshUp({ files: [] });
    rmSync(folder, { recursive: true });
  }
}
