import { randomInt } from "node:crypto";
import { shown } from "@envoy-mesh-lab/exercise";
import { longestMs, maxFaults, maxSeed, startIncident } from "@envoy-mesh-lab/incident";
import { interruptible, progressPrinter } from "@envoy-mesh-lab/mesh";
import { integer, printJson, say } from "@envoy-mesh-lab/meshtrace";
import { Command } from "commander";

interface Flags {
  seed?: number;
  faults: number;
  json?: boolean;
}

/** `lab incident start`: begins an incident, and comes back when the pager rings. */
export function startIncidentCommand(): Command {
  return new Command("start")
    .summary("begin an incident; comes back when the pager rings")
    .description(
      "Brings up a release of the café's services in the mesh that your commands mean, natively, makes 8 calls a second, and once all is well something goes wrong. It goes on in the background until `lab incident stop`, and for half an hour at most.",
    )
    .option(
      "--seed <n>",
      "what is drawn: the same for the same number (default: a random one)",
      integer(0, maxSeed),
    )
    .option("--faults <n>", "how many faults at once, 1 to 3", integer(1, maxFaults), 1)
    .option("--json", "print what is known as JSON")
    .addHelpText(
      "after",
      `
Exit codes: 0 the pager rang, 2 an incident goes on or the mesh runs in Docker, 6 a port is taken, 9 the mesh is not well,
130 interrupted, and the mesh is what it was.`,
    )
    .action(async ({ seed = randomInt(maxSeed + 1), faults, json }: Flags) => {
      const printer = progressPrinter(process.stderr);
      const run = (signal: AbortSignal) =>
        startIncident({
          seed,
          faults,
          signal,
          onProgress: printer.onProgress,
          onStep: (text) =>
            printer.onProgress({ program: undefined, kind: "note", text: `… ${text}`, elapsedMs: 0 }),
        });
      const { incident, alerts } = await interruptible(undefined, run).finally(printer.end);
      const files = shown(incident.folder.root);
      if (json) {
        printJson({ seed, faults, alerts, files });
        return;
      }
      const time = new Date().toTimeString().slice(0, 8);
      console.log("");
      for (const { name, text } of alerts) console.log(`🔔 ${time}  ${name}: ${text}`);
      if (alerts.length === 0) console.log("Something is wrong, and the pager has not noticed yet.");
      say(`
Seed ${seed}, ${faults === 1 ? "one fault" : `${faults} faults`}. What is wrong, and where? The mesh is the one that all commands mean: lab traces, lab check last, lab compare last, lab logs, lab status, lab call, the page. Its files, which you may change, are in ${files}.
`);
      console.log(`  lab incident diagnose <part> <cause>  when you know; --list has the words
  lab incident apply                    after you changed files
  lab incident replace <part or link>   another machine, or network link
  lab incident status                   whether it is over
  lab incident stop, then debrief       its end, in ${longestMs / 60_000} minutes at the latest`);
    });
}
