import { findRuntime } from "@envoy-mesh-lab/mesh";
import { Command } from "commander";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, meshOf } from "./mesh-options.ts";

/** `lab restart`: stops and starts one part. */
export function restartCommand(): Command {
  const command = new Command("restart")
    .summary("stop and start one part")
    .description(
      "Stops one part as its settings say and starts it again, with the settings that it had. To apply changed " +
        "settings or a changed configuration file, use lab up.",
    )
    .argument("<part>", "part of the mesh");
  return addMeshOptions(command)
    .addHelpText("after", "\nExample:\n  lab restart gateway   after a change of its sources")
    .action(async (part: string, flags: MeshFlags) => {
      await (await findRuntime(meshOf(flags))).act("restart", part);
      console.log(`${part} was restarted; lab status says when it is healthy.`);
    });
}
