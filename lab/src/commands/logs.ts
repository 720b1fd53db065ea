import { findRuntime } from "@envoy-mesh-lab/mesh";
import { integer } from "@envoy-mesh-lab/meshtrace";
import { Command } from "commander";
import type { MeshFlags } from "./mesh-options.ts";
import { meshOf } from "./mesh-options.ts";

interface Flags extends MeshFlags {
  readonly follow?: boolean;
  readonly lines: number;
}

/** `lab logs`: what the parts print. */
export function logsCommand(): Command {
  const command = new Command("logs")
    .summary("show what the parts print")
    .description("Shows the end of the log of one part, or of all.")
    .argument("[part]", "part of the mesh (default: all)")
    .option("-f, --follow", "go on showing what is added, until Ctrl-C")
    .option("-n, --lines <n>", "lines of each part to begin with", integer(0, Number.MAX_SAFE_INTEGER), 50);
  command.option(
    "--file <path>",
    "compose file that names the mesh (default: the lab's compose.yaml)",
    (path, list: string[] = []) => [...list, path],
  );
  return command
    .option("-p, --project-name <name>", "name of the mesh (default: the name in the compose file)")
    .addHelpText(
      "after",
      `
Examples:
  lab logs gateway
  lab logs edge -f
  lab logs gateway -n 1000 | jq -r 'select(.trace_id == "…") | .msg'`,
    )
    .action(async (part: string | undefined, flags: Flags) => {
      const runtime = await findRuntime(meshOf(flags));
      await runtime.showLogs({ part, lines: flags.lines, follow: flags.follow === true });
    });
}
