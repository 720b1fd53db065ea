import type { Verdict } from "./judge.ts";
import { toMiB } from "./judge.ts";

/** Problems that one fault may name one by one; more of them are counted. */
const mostProblems = 12;

/** One line for a fault, and one for each promise that was broken. */
export function renderVerdict(name: string, verdict: Verdict): string {
  const { calls, failed, ended, isEndedWhole, found, lost, mayLose, refused, sentAgain, memory, problems } =
    verdict;
  const failures = Object.entries(failed).map(([code, count]) => `${count} ${code}`);
  const bound = mayLose > 0 ? ` of at most ${mayLose}` : "";
  const again = [refused > 0 ? `${refused} refused` : "", sentAgain ? `${sentAgain} sent again` : ""].filter(
    Boolean,
  );
  const back =
    verdict.recoveredAfterMs === undefined ? "never" : `${(verdict.recoveredAfterMs / 1000).toFixed(1)} s`;
  const line = [
    `${problems.length === 0 ? "✔" : "✖"} ${name}`,
    `${calls} calls, failed: ${failures.join(", ") || "none"}`,
    `spans: ${isEndedWhole ? "" : "over "}${ended} ended, ${found} found, ${lost} lost${bound}${again.map((it) => `, ${it}`).join("")}`,
    `well after ${back}`,
    `${toMiB(memory.before)} > ${toMiB(memory.after)} MiB`,
  ].join(" | ");
  const shown = problems.slice(0, mostProblems);
  const more = problems.length - shown.length;
  return [line, ...shown, ...(more > 0 ? [`and ${more} more`] : [])].join("\n    ");
}
