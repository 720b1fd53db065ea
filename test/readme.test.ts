import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { expectedHopsFile, repoRoot } from "@envoy-mesh-lab/bootstrap";
import { readExpected } from "@envoy-mesh-lab/check/node";
import { exerciseNames, findExercise } from "@envoy-mesh-lab/exercise";
import { createProgram } from "@envoy-mesh-lab/lab";
import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, renderTrace } from "@envoy-mesh-lab/trace";
import { readFileNow } from "@envoy-mesh-lab/trace/node";

const readme = readFileSync(join(repoRoot, "README.md"), "utf8");
const reference = readFileSync(join(repoRoot, "docs", "reference.md"), "utf8");

test("the README is short: what a newcomer wants, in that order", () => {
  assert.ok(readme.split("\n").length <= 200, "the rest belongs into docs/reference.md");
});

test("the README's picture is what the saved trace looks like, in 120 columns", () => {
  const [trace] = readFileNow(join(repoRoot, "samples", "first-trace.json"), { notice: assert.fail });
  const picture = renderTrace(trace as Trace, false, { width: 120 });
  assert.ok(readme.includes(`\n\`\`\`text\n${picture}\n✔ 11 spans`), `the README lacks\n${picture}`);
});

test("the reference's table of expected spans is expected-hops.yaml", () => {
  const rows = readExpected(expectedHopsFile).hops.map((hop, i) =>
    `| ${i + 1} | \`${hop.service}\` | ${hop.direction ?? ""} | ${hop.kind.toUpperCase()} | ${hop.role} |`.replace(
      "|  |",
      "| |",
    ),
  );
  assert.ok(reference.includes(rows.join("\n")), `the reference lacks\n${rows.join("\n")}`);
});

test("the reference tells every exit code", () => {
  for (const code of Object.values(ExitCode)) {
    assert.match(reference, new RegExp(`^\\| ${code} \\| .+ \\|$`, "m"), `exit code ${code}`);
  }
});

test("the README tells every command", async () => {
  for (const command of (await createProgram()).commands) {
    assert.match(readme, new RegExp(`\`lab [^|]*\\b${command.name()}\\b`), command.name());
  }
});

test("the table of exercises is what the folders say", () => {
  const rows = exerciseNames()
    .map(findExercise)
    .map(
      ({ number, title, name, level, minutes, concepts }) =>
        `| ${number} | [${title}](${name}/README.md) | ${level} | ${minutes} | ${concepts.join(", ")} |`,
    );
  const table = readFileSync(join(repoRoot, "exercises", "README.md"), "utf8");
  assert.ok(table.endsWith(`\n${rows.join("\n")}\n`), `exercises/README.md lacks\n${rows.join("\n")}`);
});

test("every file that the documents link to is there", () => {
  const docs = readdirSync(join(repoRoot, "docs"))
    .filter((it) => it.endsWith(".md"))
    .map((it) => `docs/${it}`);
  const packages = readdirSync(join(repoRoot, "packages")).map((it) => `packages/${it}/README.md`);
  for (const document of [
    "README.md",
    "CONTRIBUTING.md",
    "exercises/README.md",
    "native/README.md",
    ...packages,
    ...docs,
  ]) {
    const text = readFileSync(join(repoRoot, document), "utf8");
    for (const [, target] of text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(join(repoRoot, document, "..", String(target))), `${document} links to ${target}`);
    }
  }
});
