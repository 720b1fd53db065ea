import type { Restored } from "@envoy-mesh-lab/incident";
import {
  endIncident,
  newestIncident,
  outcomeOf,
  readLedger,
  requireIncident,
} from "@envoy-mesh-lab/incident";
import { interruptible, progressPrinter } from "@envoy-mesh-lab/mesh";
import { Command } from "commander";

const words: Readonly<Record<Restored, string>> = {
  "as it was": "The mesh runs as it did before.",
  down: "The mesh is down, as it was before.",
  "left down": "The mesh was taken down meanwhile, and stays so.",
};

/** `lab incident stop`: ends the incident, and brings the mesh back. */
export function stopIncidentCommand(): Command {
  return new Command("stop")
    .summary("end the incident, and bring the mesh back to what it was")
    .description(
      "Ends the calls, takes the faults away, and brings the mesh back to the files that it ran with before, or down if it did not run. Also when what started it was killed; it is no error when no incident goes on.",
    )
    .action(async () => {
      const newest = newestIncident();
      if (newest === undefined || newest.state.phase === "ended") {
        console.log("No incident goes on.");
        return;
      }
      const incident = requireIncident();
      const { isOver } = outcomeOf(incident.state, readLedger(incident.folder.ledger), Date.now());
      const printer = progressPrinter(process.stderr);
      const run = (signal: AbortSignal) =>
        endIncident(incident, "stop", { signal, onProgress: printer.onProgress });
      const restored = await interruptible(undefined, run).finally(printer.end);
      console.log(
        `${isOver ? "It was over. " : ""}${words[restored]} \`lab incident debrief\` says what it was.`,
      );
    });
}
