import type { MeshView } from "@envoy-mesh-lab/mesh";
import { findRuntime, isRunning, isWell, renderStatus } from "@envoy-mesh-lab/mesh";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { printJson } from "../output.ts";
import { addMeshOptions, type MeshFlags, meshOf } from "./mesh-options.ts";

interface Flags extends MeshFlags {
  readonly json?: boolean;
}

/** What `lab status` says with its exit code: 0 all well, 1 not all, 3 not running. */
export function statusExitCode(status: MeshView): number {
  if (!isRunning(status)) {
    return ExitCode.notRunning;
  }
  return status.supervisor === "running" && status.parts.every(isWell) ? ExitCode.ok : ExitCode.findings;
}

/** `lab status`: how each part is. */
export function statusCommand(): Command {
  const command = new Command("status")
    .summary("show how each part is")
    .description("Shows for each part its state, addresses, version and process, and where its log is.")
    .option("--json", "print JSON");
  return addMeshOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab status
  lab status --json | jq -r '.parts[] | "\\(.name) \\(.state)"'

Exit codes: 0 every part is well, 1 a part is not, 3 the mesh does not run.`,
    )
    .action(async (flags: Flags) => {
      const status = await (await findRuntime(meshOf(flags))).status({ fresh: true });
      if (flags.json) {
        printJson(status);
      } else {
        console.log(renderStatus(status));
      }
      process.exitCode = statusExitCode(status);
    });
}
