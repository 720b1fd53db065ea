import type { Moment } from "@envoy-mesh-lab/incident";
import { faultsOf, most, newestIncident, outcomeOf, readLedger, timelineOf } from "@envoy-mesh-lab/incident";
import { printJson, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError, wrap } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { clock } from "./words.ts";

/** `lab incident debrief`: what happened, beside what could have been seen when. */
export function debriefCommand(): Command {
  return new Command("debrief")
    .summary("what happened, what could have been seen when, and the score")
    .option("--json", "print it as JSON")
    .addHelpText("after", "\nIt tells of the newest incident, once that has ended: `lab incident stop`.")
    .action((options: { json?: boolean }) => {
      const newest = newestIncident();
      if (newest === undefined) {
        throw new LabError("there was no incident", {
          exitCode: ExitCode.usage,
          hint: "`lab incident start` begins one",
        });
      }
      const { folder, state } = newest;
      if (state.phase !== "ended") {
        throw new LabError("the incident goes on, and a debrief says what it is", {
          exitCode: ExitCode.usage,
          hint: "`lab incident stop` ends it first",
        });
      }
      if (state.faultAt === undefined) {
        throw new LabError("the last incident was ended before anything went wrong", {
          exitCode: ExitCode.usage,
          hint: "`lab incident start` begins another",
        });
      }
      const records = readLedger(folder.ledger);
      const outcome = outcomeOf(state, records, Date.now());
      const timeline = timelineOf(state, records);
      const faults = faultsOf(state);
      if (options.json) {
        const told = faults.map(({ area, place, cause, story, look }) => ({
          area,
          place,
          cause,
          story,
          look,
        }));
        printJson({ seed: state.seed, faults: told, diagnoses: state.diagnoses, ...outcome, timeline });
        return;
      }
      const width = terminalWidth();
      const lines = (text: string, indent: string) =>
        wrap(text, width - indent.length)
          .map((it) => `${indent}${it}`)
          .join("\n");
      console.log(
        `Seed ${state.seed}: ${faults.length === 1 ? "one fault" : `${faults.length} faults`}, ${clock(outcome.durationMs)} from its beginning to its end.\n`,
      );
      for (const { place, cause, area, story, look } of faults) {
        const right = state.diagnoses.find(
          (it) => it.verdict === "right" && it.place === place && it.cause === cause,
        );
        console.log(
          `${right ? "✔" : "✘"} ${place} ${cause} (${area})${right ? `, found after ${clock(right.at - (state.faultAt ?? 0))}` : ", not found"}`,
        );
        console.log(lines(story, "  "));
        for (const { command, tells } of look) console.log(lines(`${command}: ${tells}`, "    "));
        console.log("");
      }
      console.log("What happened, and · what could have been seen from then on:\n");
      for (const it of timeline) console.log(momentIn(it, width));
      const { score, calls, failed, isOver } = outcome;
      console.log(`
diagnosis  ${score.diagnosis} of ${most.diagnosis}   ${state.diagnoses.length} said, of which ${state.diagnoses.filter((it) => it.verdict === "right").length} right
harm       ${score.harm} of ${most.harm}   ${failed} of ${calls} calls failed
proof      ${score.proof} of ${most.proof}   ${isOver ? "calls went well in the end, and their traces were whole" : "it was not over when it ended"}
           ${score.total} of 100`);
    });
}

function momentIn({ afterMs, is, text, command }: Moment, width: number): string {
  const marks: Partial<Record<Moment["is"], string>> = { seen: "·", alert: "🔔", quiet: "🔕" };
  const words = command ? `${command}: ${text}` : is === "quiet" ? `${text} is quiet again` : text;
  const [first = "", ...rest] = wrap(words, width - 12);
  return [
    `${clock(afterMs).padStart(7)}  ${marks[is] ?? " "} ${first}`,
    ...rest.map((it) => `            ${it}`),
  ].join("\n");
}
