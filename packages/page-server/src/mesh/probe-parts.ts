import { connect } from "node:net";
import type { MeshPart, Topology, TopologyPart } from "@envoy-mesh-lab/mesh";

/** How long a part may take to accept a connection, in milliseconds. */
const acceptMs = 500;

/**
 * How the parts are, as one sees it who shares their network and can ask nobody: one that accepts a connection at any of its
 * ports runs.
 */
export async function probeParts({ parts }: Topology): Promise<MeshPart[]> {
  const probed = parts.filter(({ profiles, ports }) => profiles.length === 0 && ports.length > 0);
  return Promise.all(
    probed.map(async (it): Promise<MeshPart> => {
      const answers = await answersAt(it);
      return {
        name: it.name,
        program: "",
        version: "",
        restarts: 0,
        ports: [],
        ...(answers ? { state: "running" } : { state: "exited", detail: "no connection is accepted" }),
      };
    }),
  );
}

async function answersAt({ name, ports }: TopologyPart): Promise<boolean> {
  const answers = await Promise.all(ports.map((port) => accepts(name, port)));
  return answers.includes(true);
}

function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: acceptMs });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("timeout", () => end(false));
    socket.once("error", () => end(false));
  });
}
