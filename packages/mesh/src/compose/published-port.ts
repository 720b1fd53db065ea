import { parseDocument } from "yaml";

/**
 * The port of this machine at which a compose file publishes a service's first port. Found without compose-go, which whoever
 * runs Docker only does not have; so it sees what the file itself says, with variables as Docker Compose fills them in.
 *
 * @returns undefined when the file publishes no single port of the service.
 */
export function publishedPort(text: string, service: string, env: NodeJS.ProcessEnv): number | undefined {
  const { services } = (parseDocument(text, { merge: true }).toJS() ?? {}) as Tree;
  const [first] = services?.[service]?.ports ?? [];
  const published = typeof first === "object" ? first.published : shortForm(first ?? "", env);
  const port = interpolate(String(published ?? ""), env);
  return /^\d{1,5}$/.test(port) ? Number(port) : undefined;
}

interface Tree {
  services?: Record<string, { ports?: (string | { published?: string | number })[] }>;
}

/** Of [[address:]published:]container[/protocol], the second. */
function shortForm(text: string, env: NodeJS.ProcessEnv): string | undefined {
  return interpolate(text, env)
    .replace(/\/\w+$/, "")
    .split(":")
    .slice(0, -1)
    .at(-1);
}

/** $NAME, ${NAME}, and with a default ${NAME-default} and ${NAME:-default}, the latter for an empty value too. */
export function interpolate(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(
    /\$(?:(\w+)|\{(\w+)(?:(:?)-([^}]*))?\})/g,
    (_, bare?: string, name?: string, colon?: string, otherwise = "") => {
      const value = env[(bare ?? name) as string];
      return value === undefined || (colon === ":" && value === "") ? otherwise : value;
    },
  );
}
