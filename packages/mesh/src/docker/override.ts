import { createHash } from "node:crypto";
import type { ComposeProject, ComposeService } from "../compose/schema.ts";
import type { MountSource } from "../native/plan.ts";
import type { PortMap } from "../native/port-map.ts";
import type { EngineFacts } from "./requirements.ts";

/** The label that says with which contents of its mounted files a container was made. */
export const filesLabel = "envoy-mesh-lab.files";

/** What the lab adds to a mesh's own compose files. */
export interface OverrideFacts {
  /** The host's number of each port. */
  readonly ports: PortMap;
  /** What is at the host's end of every bind mount, by path. */
  readonly mounts: ReadonlyMap<string, MountSource>;
  readonly engine: EngineFacts;
}

/**
 * The compose file that the lab puts on top of a mesh's own:
 *
 * - Every port that a part declares is published, with the number that it has natively and on 127.0.0.1 only: that is how
 *   `lab` asks the parts for their counters, and calls past the edge.
 * - A label says what the mounted files hold, because Docker Compose makes a container anew when a label changes, but not
 *   when a file does.
 * - An engine before Docker 25, which refuses `start_interval`, is asked to look for health often all the time.
 */
export function overrideText(project: ComposeProject, { ports, mounts, engine }: OverrideFacts): string {
  const services = Object.entries(project.services).flatMap(([name, service]) => {
    const published = (ports.get(name) ?? []).map(({ container, host }) => `127.0.0.1:${host}:${container}`);
    const files = filesHash(service, mounts);
    const settings = [
      ...(published.length > 0 ? [`    ports: !override ${JSON.stringify(published)}`] : []),
      ...(files === undefined ? [] : [`    labels: ${JSON.stringify({ [filesLabel]: files })}`]),
      ...(engine.hasStartInterval || service.healthcheck?.start_interval === undefined
        ? []
        : ["    healthcheck: { start_interval: !reset null, start_period: 0s, interval: 1s, retries: 60 }"]),
    ];
    return settings.length > 0 ? [`  ${JSON.stringify(name)}:`, ...settings] : [];
  });
  return services.length > 0 ? `${["services:", ...services].join("\n")}\n` : "services: {}\n";
}

/** What the files hold that are mounted into a service; undefined when there are none. */
function filesHash(service: ComposeService, mounts: OverrideFacts["mounts"]): string | undefined {
  const hash = createHash("sha256");
  const files = service.volumes.flatMap(({ type, source, target }) => {
    const mount = type === "bind" && source !== undefined ? mounts.get(source) : undefined;
    return mount?.kind === "file" ? [{ target, text: mount.text }] : [];
  });
  for (const { target, text } of files) hash.update(`${target}\0${text.length}\0${text}`);
  return files.length > 0 ? hash.digest("hex").slice(0, 16) : undefined;
}
