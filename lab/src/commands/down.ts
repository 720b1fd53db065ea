import { findRuntime } from "@envoy-mesh-lab/mesh";
import { Command } from "commander";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, meshOf } from "./mesh-options.ts";

interface Flags extends MeshFlags {
  readonly volumes?: boolean;
}

/** `lab down`: ends the mesh and leaves nothing behind. */
export function downCommand(): Command {
  const command = new Command("down")
    .summary("stop the mesh and clean up")
    .description(
      "Stops every part of the mesh, also those of a run whose supervisor was killed, and removes logs and derived " +
        "configurations. The data of named volumes stays unless --volumes is given. It is no error when nothing runs.",
    )
    .option("-v, --volumes", "remove the data of named volumes too");
  return addMeshOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab down            stop the mesh, keep its traces
  lab down --volumes  stop the mesh and forget everything`,
    )
    .action(async (flags: Flags) => {
      const runtime = await findRuntime(meshOf(flags));
      const { wasRunning, orphans, left = [] } = await runtime.down({ volumes: flags.volumes === true });
      if (orphans.length > 0) {
        console.log(`Its supervisor was gone; ended what still ran: ${orphans.join(", ")}.`);
      }
      for (const it of left) console.log(it);
      console.log(wasRunning ? "The mesh is down." : "The mesh was not running.");
    });
}
