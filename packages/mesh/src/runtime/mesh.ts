import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { PartPort } from "../lab-parts.ts";
import { labParts } from "../lab-parts.ts";
import { isRunning } from "../native/mesh.ts";
import type { RuntimeQuery } from "./find.ts";
import { findRuntime } from "./find.ts";
import type { MeshPart, Runtime } from "./runtime.ts";

/** A running mesh, as others find their way in it. */
export interface Mesh {
  readonly project: string;
  /** What runs it; undefined when it is taken to run in Docker, at the usual ports, and nothing more is known of it. */
  readonly runtime: Runtime | undefined;
  readonly services: readonly MeshPart[];
  /**
   * The port on 127.0.0.1 of a service's container port.
   *
   * @throws LabError when the service has no such port, or Docker does not publish it.
   */
  hostPort(service: string, containerPort: number): number;
  /**
   * Base URLs of what people use.
   *
   * @throws LabError when the mesh runs without the part.
   */
  readonly urls: { readonly edge: string; readonly tempo: string };
}

const edge = { ...labParts.edge, variable: "EDGE_PORT" };
const tempo = { ...labParts.tempo, variable: "TEMPO_PORT" };

function noSuchPort(service: string, port: number, runtime: Runtime | undefined): LabError {
  const { why, hint } = {
    native: {
      why: `${service} declares no port ${port}`,
      hint: "Add it to its ports or expose in the compose file.",
    },
    docker: {
      why: `port ${port} of ${service} is not published by Docker`,
      hint: "Start the mesh with lab up --docker, which publishes it, or natively with lab up.",
    },
    kubernetes: {
      why: "on Kubernetes only the edge and Tempo are reached from this machine",
      hint: "Run the mesh natively for that: lab up.",
    },
  }[runtime?.name ?? "docker"];
  return new LabError(`there is no way to ${service}:${port}: ${why}`, {
    hint,
    exitCode: ExitCode.notRunning,
  });
}

/**
 * What runs a mesh, for what asks its parts.
 *
 * @throws {LabError} (exit code `notRunning`) when nothing more is known of the mesh than two ports.
 */
export function requireRuntime({ project, runtime }: Pick<Mesh, "project" | "runtime">): Runtime {
  if (runtime === undefined) {
    throw new LabError(`the parts of ${project} cannot be asked: lab does not know where they run`, {
      exitCode: ExitCode.notRunning,
      hint: "start the mesh with `lab up` or `lab up --docker`; for one that runs in Docker already, set LAB_RUNTIME=docker",
    });
  }
  return runtime;
}

/**
 * Finds a mesh: the one of this name if it runs, natively or as the user said in Docker; else one in Docker is assumed,
 * with the published ports of `EDGE_PORT` (8080) and `TEMPO_PORT` (3200).
 */
export async function readMesh(query: RuntimeQuery = {}): Promise<Mesh> {
  const env = query.env ?? process.env;
  const found = await findRuntime(query);
  const status = await found.status();
  const runtime = isRunning(status) ? found : undefined;
  const services = runtime ? status.parts : [];
  const assumed = (service: string, port: number) =>
    [edge, tempo]
      .filter((known) => known.service === service && known.port === port)
      .map(({ variable }) => Number(env[variable] || port))[0];
  const known = (service: string, port: number) =>
    services.find((part) => part.name === service)?.ports.find(({ container }) => container === port)?.host;
  const find = runtime ? known : assumed;
  const url = ({ service, port }: PartPort) => {
    const host = find(service, port);
    if (host === undefined) {
      throw new LabError(`${service} is no part of the mesh ${found.project} as it runs`, {
        hint: `Start it with lab up ${service}.`,
        exitCode: ExitCode.notRunning,
      });
    }
    return `http://127.0.0.1:${host}`;
  };
  return {
    project: found.project,
    runtime,
    services,
    hostPort: (service, port) => {
      const host = find(service, port);
      if (host === undefined) {
        throw noSuchPort(service, port, runtime);
      }
      return host;
    },
    urls: {
      get edge() {
        return url(edge);
      },
      get tempo() {
        return url(tempo);
      },
    },
  };
}
