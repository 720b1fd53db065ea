import type { Verdict } from "@envoy-mesh-lab/incident";
import { causes, diagnose, places } from "@envoy-mesh-lab/incident";
import { printJson } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError, textTable } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { clock } from "./words.ts";

/** `lab incident diagnose`: says what is wrong, and is told whether it is. */
export function diagnoseCommand(): Command {
  return new Command("diagnose")
    .summary("say which part has what, and be told whether that is it")
    .argument("[faulty-part]", "a part, or a link of the network")
    .argument("[cause]", "what is wrong with it")
    .option("--list", "the words for parts and causes; there are more of both than faults")
    .option("--json", "print the verdict as JSON")
    .description(
      "Says whether that is a fault of the incident. Words that are no part or cause do not count; a wrong diagnosis costs points.",
    )
    .addHelpText(
      "after",
      "\nExit codes: 0 it is right, 1 it is not, 2 a word is none, 3 no incident goes on.",
    )
    .action(
      async (
        part: string | undefined,
        cause: string | undefined,
        options: { list?: boolean; json?: boolean },
      ) => {
        if (options.list) {
          console.log(`Parts and links:\n  ${places.join("\n  ")}\n\nCauses:`);
          for (const line of textTable(
            Object.entries(causes).map(([name, words]) => [`  ${name}`, words]),
            ["left", "left"],
          ))
            console.log(line);
          return;
        }
        if (part === undefined || cause === undefined) {
          throw new LabError(part === undefined ? "no part is named" : `no cause is named for ${part}`, {
            exitCode: ExitCode.usage,
            hint: "lab incident diagnose <part> <cause>, for example `lab incident diagnose tempo disk-full`; --list has the words",
          });
        }
        const verdict = await diagnose(part, cause);
        process.exitCode = verdict.verdict === "right" ? ExitCode.ok : ExitCode.findings;
        if (options.json) printJson(verdict);
        else console.log(inWords(verdict));
      },
    );
}

function inWords({ verdict, place, cause, found, of, isRepeated, afterMs }: Verdict): string {
  const again = isRepeated ? " You said so before; it counts once." : "";
  if (verdict === "right") {
    const rest =
      found < of
        ? `${found} of ${of} faults are found.`
        : "That is all of it: now repair it, and see `lab incident status`.";
    return `✔ ${place} ${cause}: that is it, ${clock(afterMs)} after it began. ${rest}${again}`;
  }
  const words = verdict === "half" ? `something is wrong there, and it is not that.` : `that is not it.`;
  return `✘ ${place} ${cause}: ${words}${again}`;
}
