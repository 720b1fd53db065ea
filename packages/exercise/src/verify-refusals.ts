import type { ApplyOptions } from "./apply.ts";
import { applyFiles, settle } from "./apply.ts";
import { runCheck } from "./checks/index.ts";
import type { Exercise } from "./exercise.ts";
import { writeFiles } from "./files.ts";

/** The proofs that what must not be done, were it in an otherwise right solution, is refused by a check, in its words. */
export function refusalProofs(
  exercise: Exercise,
  solution: ReadonlyMap<string, string>,
  { scratch, ...options }: ApplyOptions & { scratch: string },
): { claim: string; run: () => Promise<string | undefined> }[] {
  return exercise.refused.map(({ name, file, change: { from, to }, check: wanted, words }) => ({
    claim: `"${name}" is refused by "${wanted}"`,
    run: async () => {
      const text = solution.get(file) ?? "";
      if (text.split(from).length !== 2) return `the solution's ${file} does not have ${from} once`;
      const place = exercise.checks.findIndex((it) => it.name === wanted);
      const check = exercise.checks[place];
      if (check === undefined) return `there is no check "${wanted}"`;
      writeFiles(scratch, new Map([...solution, [file, text.replace(from, () => to)]]));
      await applyFiles(exercise, scratch, options);
      const { signal } = options;
      const mesh = await settle(signal);
      const { ok, items } = await runCheck(check, { exercise, place, mesh, folder: scratch, signal });
      if (ok) return "it passes";
      const told = items.filter((it) => !it.ok).map(({ seen }) => seen);
      return told.some((it) => new RegExp(words).test(it)) ? undefined : `it says: ${told.join("; ")}`;
    },
  }));
}
