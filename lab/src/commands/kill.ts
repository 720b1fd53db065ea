import { constants } from "node:os";
import { findRuntime } from "@envoy-mesh-lab/mesh";
import { Command, InvalidArgumentError, Option } from "commander";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, meshOf } from "./mesh-options.ts";

/** Reads a signal as `SIGTERM` or `TERM`. */
export function parseSignal(text: string): NodeJS.Signals {
  const name = text.toUpperCase().startsWith("SIG") ? text.toUpperCase() : `SIG${text.toUpperCase()}`;
  if (!Object.hasOwn(constants.signals, name)) {
    throw new InvalidArgumentError("There is no such signal.");
  }
  return name as NodeJS.Signals;
}

/** `--signal`. */
export function signalOption(description: string): Option {
  return new Option("-s, --signal <name>", description).argParser(parseSignal);
}

/** `lab kill`: sends one part a signal, to see how the mesh takes it. */
export function killCommand(): Command {
  const command = new Command("kill")
    .summary("send one part a signal, as a crash would")
    .description(
      "Sends a signal to one part, as if it came from outside. When that ends the part, its restart policy decides " +
        "whether it is started again. To keep it away, use lab stop. In Docker it stays away until lab up, as Docker takes " +
        "a kill for an order.",
    )
    .argument("<part>", "part of the mesh")
    .addOption(signalOption("signal to send").default("SIGKILL"));
  return addMeshOptions(command)
    .addHelpText(
      "after",
      `
Examples:
  lab kill otel-collector       crash the Collector
  lab kill gateway -s SIGTERM   have the gateway drain`,
    )
    .action(async (part: string, flags: MeshFlags & { signal: NodeJS.Signals }) => {
      await (await findRuntime(meshOf(flags))).act("kill", part, flags.signal);
      console.log(`Sent ${flags.signal} to ${part}.`);
    });
}
