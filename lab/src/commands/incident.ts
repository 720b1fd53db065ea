import { Command } from "commander";
import { debriefCommand } from "./incident/debrief.ts";
import { diagnoseCommand } from "./incident/diagnose.ts";
import { applyCommand, replaceCommand } from "./incident/repair.ts";
import { startIncidentCommand } from "./incident/start.ts";
import { incidentStatusCommand } from "./incident/status.ts";
import { stopIncidentCommand } from "./incident/stop.ts";

/** `lab incident`: something in the mesh goes wrong, and nobody says what. */
export function incidentCommand(): Command {
  const command = new Command("incident")
    .summary("something in the mesh goes wrong: find out what, and repair it")
    .description(
      "An incident: one to three faults, in the services, the proxies, the Collector, the network, sampling or a clock, under load. A pager tells the symptom; find the part and the cause with the lab's commands or the page, and repair it. docs/incidents.md says more.",
    )
    .addHelpText(
      "after",
      `
Examples:
  lab incident start                    draws a fault; comes back when the pager rings
  lab incident start --seed 7           the same for all who say the same number: for a class
  lab incident status                   the symptoms now, and how far you are
  lab incident diagnose backend slow-code
  lab incident apply                    brings the mesh to your files in workspace/incident-7
  lab incident stop                     ends it, and brings the mesh back to what it was
  lab incident debrief                  what happened, and what could have been seen when`,
    );
  for (const create of [
    startIncidentCommand,
    incidentStatusCommand,
    diagnoseCommand,
    applyCommand,
    replaceCommand,
    stopIncidentCommand,
    debriefCommand,
  ]) {
    command.addCommand(create());
  }
  return command;
}
