import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { parse } from "yaml";

const units = { k: 1 << 10, m: 1 << 20, g: 1 << 30 };

/** The limit of memory of each container in bytes, as `mem_limit` in compose.yaml says ("512m"). */
export const memoryLimits: Readonly<Record<string, number>> = readLimits(
  readFileSync(join(repoRoot, "compose.yaml"), "utf8"),
);

function readLimits(compose: string): Record<string, number> {
  const { services } = parse(compose, { merge: true }) as {
    services: Record<string, { mem_limit?: string }>;
  };
  return Object.fromEntries(
    Object.entries(services).flatMap(([part, { mem_limit: text = "" }]) => {
      const [, count, unit] = /^(\d+)([kmg])$/.exec(text) ?? [];
      return count ? [[part, Number(count) * units[unit as keyof typeof units]]] : [];
    }),
  );
}
