import type { Exercise, ExerciseProgress } from "@envoy-mesh-lab/exercise";
import { exerciseNames, findExercise, readProgress, whyNotHere } from "@envoy-mesh-lab/exercise";
import { printJson, say, terminalWidth } from "@envoy-mesh-lab/meshtrace";
import { textTable } from "@envoy-mesh-lab/trace";

/** Which columns are cut where the width is not enough: the title, which the number stands for, and the state. */
const giving = [
  { column: 2, least: 24 },
  { column: 5, least: 8 },
];

/** `lab exercise`: lists the exercises with progress. */
export async function listExercises(options: { json?: boolean }): Promise<void> {
  const progress = readProgress();
  const exercises = exerciseNames().map(findExercise);
  if (options.json) {
    printJson(
      exercises.map(({ number, name, title, level, minutes, concepts, mesh }) => {
        const { attempts: _, ...entry } = progress.exercises[name] ?? { attempts: [] };
        return {
          number,
          name,
          title,
          level,
          minutes,
          concepts,
          mesh,
          current: progress.current === name,
          ...entry,
        };
      }),
    );
    return;
  }
  const passed = exercises.filter((it) => progress.exercises[it.name]?.passedAt).length;
  const rows = exercises.map((it) => {
    const entry = progress.exercises[it.name];
    const here = progress.current === it.name ? "→" : " ";
    return [
      `${here} ${mark(entry)}`,
      String(it.number),
      it.title,
      "●".repeat(it.level).padEnd(5, "○"),
      `${it.minutes} min`,
      stateOf(entry),
    ];
  });
  const sides = ["left", "right", "left", "left", "right", "left"] as const;
  for (const line of textTable(rows, sides, { width: terminalWidth(), giving })) console.log(line);
  for (const it of exercises) {
    const reason = await whyNotHere(it);
    if (reason !== undefined) say(`\n${it.number} is in Istio, and cannot run here: ${reason}.`);
  }
  say(`\n${passed} of ${exercises.length} passed. ${whatNext(exercises, progress.current)}`);
}

function mark(entry: ExerciseProgress | undefined): string {
  return entry?.passedAt ? "✔" : entry ? "…" : " ";
}

function stateOf(entry: ExerciseProgress | undefined): string {
  if (entry === undefined) return "";
  const attempts = `${entry.attemptCount} ${entry.attemptCount === 1 ? "check" : "checks"}`;
  const hints =
    entry.hintsShown > 0 ? `, ${entry.hintsShown} ${entry.hintsShown === 1 ? "hint" : "hints"}` : "";
  return `${entry.passedAt ? "passed" : "started"}, ${attempts}${hints}`;
}

function whatNext(exercises: Exercise[], current: string | undefined): string {
  const [first] = exercises;
  return current === undefined
    ? `Begin with \`lab exercise start ${first?.number ?? 1}\`.`
    : "`lab exercise check` grades the one that the arrow points at.";
}
