import { findRuntime } from "@envoy-mesh-lab/mesh";
import { Command } from "commander";
import { signalOption } from "./kill.ts";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, meshOf } from "./mesh-options.ts";

/** `lab stop`: stops one part until it is started again. */
export function stopCommand(): Command {
  const command = new Command("stop")
    .summary("stop one part")
    .description(
      "Stops one part and keeps it stopped until lab up starts it. To stop the whole mesh, use lab down.",
    )
    .argument("<part>", "part of the mesh")
    .addOption(signalOption("signal to stop it with (default: its stop_signal)"));
  return addMeshOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab stop tempo             take Tempo away
  lab stop tempo -s SIGKILL  the same, without a goodbye
  lab up tempo               bring it back`,
    )
    .action(async (part: string, flags: MeshFlags & { signal?: NodeJS.Signals }) => {
      await (await findRuntime(meshOf(flags))).act("stop", part, flags.signal);
      console.log(`${part} is stopped; lab up ${part} starts it again.`);
    });
}
