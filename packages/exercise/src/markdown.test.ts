import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import { textWidth } from "@envoy-mesh-lab/trace";
import { exerciseNames, findExercise } from "./exercise.ts";
import { renderMarkdown } from "./markdown.ts";

test("paragraphs fill the width, lists hang, links tell their address, and code can be copied", () => {
  const text = `# A title

One **bold** word, one *soft* word
and \`code\`.

- see [the docs](../../docs/x.md) and
  [a page](https://example.org/a/long/address)

\`\`\`sh
npm run lab -- call --work 50     # an order for which the backend works
\`\`\`
`;
  assert.equal(
    renderMarkdown(text, { width: 40, color: false }),
    `A title

One bold word, one soft word and \`code\`.

- see the docs and a page
  (https://example.org/a/long/address)

  # an order for which the backend works
  npm run lab -- call --work 50`,
  );
});

suite("the task of each exercise fits the terminal", () => {
  for (const name of exerciseNames()) {
    const text = readFileSync(join(findExercise(name).folder, "README.md"), "utf8");
    for (const width of [60, 80, 120, 200]) {
      test(`${name} in ${width} columns`, (t) => {
        const shown = renderMarkdown(text, { width, color: false });
        for (const line of shown.split("\n")) {
          // Addresses and commands stay whole: broken, they could not be followed.
          const isWhole = line.includes("://") || /^ {2}.*\b(npm|npx|curl|docker) /.test(line);
          assert.ok(textWidth(line) <= width || isWhole, `${textWidth(line)}: ${line}`);
        }
        assert.equal(stripVTControlCharacters(renderMarkdown(text, { width, color: true })), shown);
        if (name === exerciseNames()[0]) t.assert.snapshot(shown, { serializers: [(it) => `${it}`] });
      });
    }
  }
});
