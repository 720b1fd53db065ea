import { existsSync, readFileSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { parseDocument } from "yaml";

/** Where the name of a project may come from. */
export interface NameSource {
  readonly projectName?: string | undefined;
  readonly files: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

const defaultFiles = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/** A folder's name as Docker Compose makes a project name of it. */
export function normaliseName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^-_a-z0-9]/g, "")
    .replace(/^[-_]+/, "");
}

function namedIn(path: string): string | undefined {
  if (!existsSync(path)) {
    return undefined;
  }
  const name = parseDocument(readFileSync(path, "utf8")).get("name");
  return typeof name === "string" && !name.includes("$") ? name : undefined;
}

/**
 * The project's name by Docker Compose's rules, found without compose-go so that `status`, `logs` and `down` work even
 * when the compose file is broken or compose-go is not there. Differs only for a `name:` with variables in it, and for
 * a `.env` of another folder; name the project with `--project-name` then.
 */
export function projectNameOf(source: NameSource): string {
  const explicit = source.projectName ?? source.env.COMPOSE_PROJECT_NAME;
  if (explicit) {
    return explicit;
  }
  const separator = source.env.COMPOSE_PATH_SEPARATOR ?? delimiter;
  const fromEnv = source.env.COMPOSE_FILE?.split(separator).filter(Boolean) ?? [];
  const chosen = source.files.length > 0 ? source.files : fromEnv;
  const found = defaultFiles
    .map((file) => join(source.cwd, file))
    .filter((path) => existsSync(path))
    .slice(0, 1);
  const paths = chosen.length > 0 ? chosen.map((file) => resolve(source.cwd, file)) : found;
  const named = paths.map(namedIn).filter((name) => name !== undefined);
  const folder = paths[0] ? resolve(paths[0], "..") : source.cwd;
  return named.at(-1) ?? normaliseName(basename(folder));
}
