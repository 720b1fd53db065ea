import { escapeMarkup, htmlPage } from "@envoy-mesh-lab/trace";
import type { Classroom, JudgedReport } from "./classroom.ts";
import { hardest } from "./classroom.ts";

/** What a cell of the matrix says: ✔ passed, … begun, and how many checks it took; * where the solution was shown. */
export function cellOf({ report }: JudgedReport, number: number): string {
  const entry = report.exercises.find((it) => it.number === number);
  if (entry === undefined || entry.state === "untouched") return "";
  return `${entry.state === "passed" ? "✔" : "…"} ${entry.checks}${entry.solutionShown ? "*" : ""}`;
}

/** A class as a table for spreadsheets (RFC 4180): a learner a line, an exercise a column. */
export function classCsv(classroom: Classroom): string {
  const { learners, columns } = classroom;
  const lines = [
    ["learner", "passed", ...columns.map(({ number, title }) => `${number} ${title}`), "doubts"],
    ...learners.map((it) => [
      it.learner,
      String(it.report.passed),
      ...columns.map(({ number }) => cellOf(it, number)),
      it.doubts.join("; "),
    ]),
  ];
  return lines.map((cells) => `${cells.map(csvCell).join()}\r\n`).join("");
}

/** What begins like a formula is a text all the same: spreadsheets would run it. */
function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A class as a page of its own: no script, nothing that is loaded from elsewhere. */
export function classHtml(classroom: Classroom): string {
  const { learners, columns, unread } = classroom;
  const text = escapeMarkup;
  const stumbled = hardest(classroom);
  const heads = columns.map(({ number, title }) => `<th title="${text(title)}">${number}</th>`).join("");
  const rows = learners.map((it) => {
    const cells = columns.map(({ number }) => `<td>${text(cellOf(it, number))}</td>`).join("");
    return `<tr><th>${text(it.learner)}</th><td>${it.report.passed}</td>${cells}<td>${it.doubts.map(text).join("<br>")}</td></tr>`;
  });
  const body = `<h1>The class</h1>
<p>${learners.length} reports. ✔ passed, … begun, with the number of checks; * the solution was shown.</p>
<table><thead><tr><th>Learner</th><th>Passed</th>${heads}<th>What speaks against it</th></tr></thead>
<tbody>
${rows.join("\n")}
</tbody></table>
${stumbled.length > 0 ? "<h2>Where they stumble</h2>" : ""}
${stumbled
  .map(
    ({ number, title, passed, started, checks, stumbles }) =>
      `<h3>${number} · ${text(title)}</h3><p>${passed} of ${started} passed, ${checks} checks in the middle.</p><ul>${stumbles.map((it) => `<li>${text(it.expectation)}: ${it.learners} learners</li>`).join("")}</ul>`,
  )
  .join("\n")}
${unread.length > 0 ? `<h2>Not read</h2><ul>${unread.map(({ file, why }) => `<li><code>${text(file)}</code>: ${text(why)}</li>`).join("")}</ul>` : ""}
<p><small>${text(whatSealsProve)}</small></p>`;
  return htmlPage({ title: "Envoy Mesh Lab: the class", style, body });
}

/** What the hashes and the seal of a report can tell, and what they cannot. */
export const whatSealsProve =
  "A seal that does not fit says that a report was changed after it was made, and equal traces say that two learners handed in one work. A seal that fits does not prove that the learner did the work: all of a class know its nonce, and whoever changes the lab itself, or writes a program for it, can seal anything. Ask those who surprise you to show it.";

const style = `
  :root { color-scheme: light dark }
  body { font: 1rem/1.5 system-ui, sans-serif; max-width: 80rem; margin: 2rem auto; padding: 0 1rem }
  table { border-collapse: collapse }
  th, td { text-align: left; vertical-align: top; padding: .2rem .5rem; border-bottom: 1px solid #8886; white-space: nowrap }
  td:last-child { white-space: normal }
`;
