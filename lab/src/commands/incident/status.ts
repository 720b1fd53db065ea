import { shown } from "@envoy-mesh-lab/exercise";
import { keeperOf, newestIncident, outcomeOf, readLedger } from "@envoy-mesh-lab/incident";
import { printJson, say } from "@envoy-mesh-lab/meshtrace";
import { ExitCode } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { clock } from "./words.ts";

const phases = {
  starting: "is being started",
  quiet: "is being started: all is well still",
  faulty: "goes on",
  ending: "is being ended",
  ended: "has ended",
} as const;

/** `lab incident status`: the symptoms now, and how far the learner is. */
export function incidentStatusCommand(): Command {
  return new Command("status")
    .summary("the symptoms now, and how far you are")
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nExit codes: 0 no incident goes on, or it is over; 1 it is not over yet.")
    .action((options: { json?: boolean }) => {
      const newest = newestIncident();
      if (newest === undefined || newest.state.phase === "ended") {
        if (options.json) printJson({ phase: newest?.state.phase ?? "none" });
        else {
          const after = newest ? "; `lab incident debrief` tells of the last" : "";
          console.log(`No incident goes on. \`lab incident start\` begins one${after}.`);
        }
        return;
      }
      const { folder, state } = newest;
      const { calls, failed, durationMs, alerts, isOver } = outcomeOf(
        state,
        readLedger(folder.ledger),
        Date.now(),
      );
      const keeper = keeperOf(folder);
      const found = state.diagnoses.filter(({ verdict }) => verdict === "right").length;
      process.exitCode = isOver ? ExitCode.ok : ExitCode.findings;
      if (options.json) {
        const { seed, faults, phase, diagnoses } = state;
        printJson({
          phase,
          seed,
          faults,
          found,
          durationMs,
          calls,
          failed,
          alerts,
          isOver,
          diagnoses,
          isKept: keeper !== undefined,
        });
        return;
      }
      const { phase } = state;
      console.log(
        `The incident with seed ${state.seed} ${phases[phase]} in the mesh ${state.project}${phase === "faulty" ? `, for ${clock(durationMs)}` : ""}.`,
      );
      if (phase !== "faulty") return;
      console.log(`${calls} calls since it began, ${failed} of them failed. Files: ${shown(folder.root)}`);
      if (keeper === undefined) {
        console.log(
          "What makes its calls was killed, and with it the network between the parts; `lab incident stop` brings the mesh back.",
        );
        return;
      }
      for (const { name, text } of alerts) console.log(`🔔 ${name}: ${text}`);
      if (isOver) console.log("✔ No alert rings, calls go well, and their traces are whole: it is over.");
      else if (alerts.length === 0)
        say("No alert rings; whether it is over is known when enough calls have gone well.");
      for (const { at, place, cause, verdict } of state.diagnoses) {
        const mark = { right: "✔", half: "~", wrong: "✘" }[verdict];
        console.log(`${mark} ${clock(at - (state.faultAt ?? at))}  ${place} ${cause}`);
      }
      console.log(`${found} of ${state.faults} ${state.faults === 1 ? "fault" : "faults"} found.`);
    });
}
