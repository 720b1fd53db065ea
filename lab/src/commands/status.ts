import { setTimeout as delay } from "node:timers/promises";
import type { MeshView, Runtime } from "@envoy-mesh-lab/mesh";
import {
  describeLosses,
  findRuntime,
  isRunning,
  isWell,
  readLedger,
  renderStatus,
} from "@envoy-mesh-lab/mesh";
import { printJson, say, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, meshOf } from "./mesh-options.ts";

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

/**
 * Which spans the parts have lost or refused since they started. The counters of a mesh at work are not read all at the
 * same moment, so what seems lost is reported only when it is still so a moment later.
 */
async function lossesOf(runtime: Runtime): Promise<string[]> {
  const seemsLost = async () => describeLosses(await readLedger(runtime));
  if ((await seemsLost()).length === 0) {
    return [];
  }
  await delay(300);
  return seemsLost();
}

/** `lab status`: how each part is. */
export function statusCommand(): Command {
  const command = new Command("status")
    .summary("show how each part is")
    .description(
      "Shows for each part its state, addresses, version and process, and where its log is; and which spans were lost or refused.",
    )
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
      const runtime = await findRuntime(meshOf(flags));
      const status = await runtime.status({ fresh: true });
      const losses = isRunning(status) ? await lossesOf(runtime) : [];
      if (flags.json) {
        printJson({ ...status, spans: losses });
      } else {
        say(
          [renderStatus(status, { width: terminalWidth() }), ...losses.map((it) => `spans: ${it}`)].join(
            "\n",
          ),
        );
      }
      process.exitCode = statusExitCode(status);
    });
}
