import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { ComposeProject, ComposeService } from "../compose/schema.ts";

/** One port of a service: the number inside its container, and the number it has natively on 127.0.0.1. */
export interface PortMapping {
  readonly container: number;
  readonly host: number;
  /** True for `ports:` (meant for people), false for `expose:` (for the other parts). */
  readonly published: boolean;
}

/** Every port of every service. */
export type PortMap = ReadonlyMap<string, readonly PortMapping[]>;

const lastPort = 65_535;

function exposedPorts(service: ComposeService): number[] {
  return service.expose.flatMap((text) => {
    const [first = Number.NaN, last = first] = text
      .replace(/\/tcp$/, "")
      .split("-")
      .map(Number);
    return Array.from({ length: last - first + 1 }, (_, index) => first + index);
  });
}

function portsOf(service: ComposeService, shift: number): PortMapping[] {
  const published = service.ports.map(({ target, published: host }) => ({
    container: target,
    host: (Number(host) || target) + shift,
    published: true,
  }));
  const exposed = exposedPorts(service).map((port) => ({
    container: port,
    host: port + shift,
    published: false,
  }));
  const all = [...published, ...exposed];
  return all.filter(
    (port, index) => all.findIndex(({ container }) => container === port.container) === index,
  );
}

/**
 * Gives each declared port its native number: the published one, else the container's, plus `shift`.
 *
 * @throws LabError that names both services when two would have the same number, or a number that is no port.
 */
export function mapPorts(project: ComposeProject, shift: number): PortMap {
  const owners = new Map<number, string>();
  const problems: string[] = [];
  const map = new Map<string, PortMapping[]>();
  for (const [name, service] of Object.entries(project.services)) {
    const ports = portsOf(service, shift);
    map.set(name, ports);
    for (const { host, container } of ports) {
      const owner = owners.get(host);
      if (!Number.isInteger(host) || host < 1 || host > lastPort) {
        problems.push(
          `${name}: port ${container} would be ${host}, which is no port (the shift is ${shift})`,
        );
      } else if (owner !== undefined) {
        problems.push(`${owner} and ${name} both want port ${host}`);
      } else {
        owners.set(host, name);
      }
    }
  }
  if (problems.length > 0) {
    throw new LabError(`the ports of the mesh clash:\n${problems.map((line) => `  ${line}`).join("\n")}`, {
      hint: "Natively all parts share this host's ports; give each its own in the compose file.",
      exitCode: ExitCode.composeInvalid,
    });
  }
  return map;
}

/** The native number of a service's container port; undefined when the service declares no such port. */
export function hostPort(map: PortMap, service: string, container: number): number | undefined {
  return map.get(service)?.find((port) => port.container === container)?.host;
}
