import { applyRelease, replace, replaceable } from "@envoy-mesh-lab/incident";
import { interruptible, progressPrinter } from "@envoy-mesh-lab/mesh";
import { Argument, Command } from "commander";
import { describeUp } from "../up.ts";

/** `lab incident apply`: brings the mesh to what the learner's files say. */
export function applyCommand(): Command {
  return new Command("apply")
    .summary("bring the mesh to what your files of the incident say")
    .description(
      "Compiles what is TypeScript, has Envoy and the Collector look at their files, and restarts what changed. What one of them rejects is reported in its words, and the mesh stays as it was.",
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 applied, 3 no incident goes on, 8 a program rejects a file, 9 a part does not come up.",
    )
    .action(async () => {
      const printer = progressPrinter(process.stderr);
      const run = (signal: AbortSignal) => applyRelease({ signal, onProgress: printer.onProgress });
      console.log(describeUp(await interruptible(undefined, run).finally(printer.end)));
    });
}

/** `lab incident replace`: another network link, or another machine under a part. */
export function replaceCommand(): Command {
  return new Command("replace")
    .summary("replace a network link, or the machine under a service, by a good one")
    .addArgument(new Argument("<replaceable>", "what to replace").argOptional().default(""))
    .description(
      `What no file says is repaired by replacing it. There are ${replaceable.join(", ")}. It is no harm to replace what was good.`,
    )
    .action(async (name: string) => {
      console.log(`Replaced ${await replace(name)}; \`lab incident status\` shows whether that helps.`);
    });
}
