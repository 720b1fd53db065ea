import { randomBytes } from "node:crypto";
import type { Classroom } from "@envoy-mesh-lab/exercise";
import {
  cellOf,
  classCsv,
  classHtml,
  exerciseNames,
  findExercise,
  hardest,
  hashOfExercise,
  toClassroom,
  whatSealsProve,
} from "@envoy-mesh-lab/exercise";
import { printJson, say, terminalWidth, writeNamedFile } from "@envoy-mesh-lab/meshtrace";
import { ExitCode, LabError, textTable } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { readNamedFile } from "../../read-named-file.ts";
import { userFolder } from "../../user-folder.ts";

interface Flags {
  nonce?: string;
  new?: boolean;
  html?: string;
  csv?: string;
  json?: boolean;
}

/** `lab exercise class`: a class's reports beside each other, for teachers. */
export function classCommand(): Command {
  return new Command("class")
    .summary("put the reports of a class beside each other, for teachers")
    .argument("[report...]", "files that `lab exercise report --json` wrote")
    .option("--nonce <nonce>", "the nonce that the class was given: reports of others are named")
    .option("--new", "make a nonce to give to a class, and no more")
    .option("--html <file>", "write a page that needs nothing else")
    .option("--csv <file>", "write a table for spreadsheets")
    .option("--json", "print it as JSON")
    .description(
      "Shows who passed what, where all stumble, and what speaks against a report: one that was changed by hand, one of another class, and traces that two learners have.",
    )
    .addHelpText(
      "after",
      `
Examples:
  lab exercise class --new                         a nonce for the class; learners: lab exercise report --class NONCE --json me.json
  lab exercise class --nonce NONCE reports/*.json --html class.html --csv class.csv

Exit codes: 0 nothing speaks against any report, 1 something does, or a file is no report.`,
    )
    .action((files: string[], options: Flags) => {
      if (options.new) {
        console.log(randomBytes(12).toString("hex"));
        return;
      }
      if (files.length === 0) {
        throw new LabError("no report is named", {
          exitCode: ExitCode.usage,
          hint: "name the files that `lab exercise report --class NONCE --json FILE` wrote: lab exercise class reports/*.json",
        });
      }
      const exercises = new Map(exerciseNames().map((it) => [it, hashOfExercise(findExercise(it))]));
      const room = toClassroom(
        files.map((file) => ({ file, text: readNamedFile(file) })),
        { nonce: options.nonce, exercises },
      );
      if (options.html !== undefined) writeNamedFile(options.html, classHtml(room), userFolder());
      if (options.csv !== undefined) writeNamedFile(options.csv, classCsv(room), userFolder());
      if (options.json) printJson(room);
      else print(room);
      const isDoubted = room.unread.length > 0 || room.learners.some(({ doubts }) => doubts.length > 0);
      process.exitCode = isDoubted ? ExitCode.findings : ExitCode.ok;
    });
}

function print(room: Classroom): void {
  const { learners, columns, unread } = room;
  const rows = [
    ["", ...columns.map(({ number }) => String(number)), "passed"],
    ...learners.map((it) => [
      `${it.doubts.length > 0 ? "!" : " "} ${it.learner}`,
      ...columns.map(({ number }) => cellOf(it, number)),
      String(it.report.passed),
    ]),
  ];
  for (const line of textTable(rows, ["left", ...columns.map(() => "left" as const), "right"], {
    width: terminalWidth(),
    giving: [{ column: 0, least: 12 }],
  }))
    console.log(line);
  say("✔ passed, … begun, with the number of checks; * the solution was shown.");
  const stumbled = hardest(room);
  if (stumbled.length > 0) say("\nWhere they stumble:");
  for (const { number, title, passed, started, checks, stumbles } of stumbled) {
    say(`  ${number} ${title}: ${passed} of ${started} passed, ${checks} checks in the middle`);
    for (const { expectation, learners: them } of stumbles) say(`    ${expectation}: ${them} learners`);
  }
  for (const { learner, file, doubts } of learners) {
    for (const doubt of doubts) say(`! ${learner} (${file}): ${doubt}`);
  }
  for (const { file, why } of unread) say(`! ${file}: ${why}`);
  say(`\n${whatSealsProve}`);
}
