import { exerciseNames } from "@envoy-mesh-lab/exercise";
import { causes, places, replaceable } from "@envoy-mesh-lab/incident";
import { rpcNames } from "@envoy-mesh-lab/load";
import { labParts } from "@envoy-mesh-lab/mesh";
import { completionCommand } from "@envoy-mesh-lab/meshtrace";
import type { Command } from "commander";

/** `lab completion`: with the names of the lab's parts, RPCs and exercises. */
export function completion(createProgram: () => Promise<Command>): Command {
  return completionCommand({
    name: "lab",
    createProgram,
    words: () => ({
      part: [...new Set<string>(Object.values(labParts).map(({ service }) => service))],
      rpc: rpcNames(),
      exercise: exerciseNames().flatMap((it) => [`${Number.parseInt(it, 10)}`, it]),
      id: ["last"],
      "faulty-part": [...places, ...Object.keys(causes)],
      replaceable,
    }),
    toCompleteIt: "It completes the command `lab`: `npm link -w lab` puts that in the path.",
  });
}
