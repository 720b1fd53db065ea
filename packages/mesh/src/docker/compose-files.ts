import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/**
 * The compose files of a mesh, as Docker Compose finds them: those that are named, else those of `COMPOSE_FILE`, else
 * compose.yaml and its override. Named one by one, because the lab adds a file of its own.
 */
export function composeFiles(
  named: readonly string[],
  env: NodeJS.ProcessEnv,
  exists: (name: string) => boolean = (name) => existsSync(join(repoRoot, name)),
): readonly string[] {
  if (named.length > 0) return named;
  const fromEnv = (env.COMPOSE_FILE ?? "").split(env.COMPOSE_PATH_SEPARATOR ?? delimiter).filter(Boolean);
  if (fromEnv.length > 0) return fromEnv;
  return ["compose.yaml", ...["compose.override.yaml", "compose.override.yml"].filter(exists).slice(0, 1)];
}
