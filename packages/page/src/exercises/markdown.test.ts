import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { suite, test } from "node:test";
import type { Block, Inline } from "./markdown.ts";
import { parseMarkdown } from "./markdown.ts";

const inlinesOf = (block: Block): readonly Inline[] =>
  block.kind === "code" ? [] : block.kind === "list" ? block.items.flat() : block.inlines;

suite("Markdown", () => {
  test("is headings, paragraphs, lists and code", () => {
    const text = "# One\n\nTwo `three`\n**four**.\n\n- a\n  b\n- c\n\n1. d\n\n```sh\n# no heading\n```\n";
    assert.deepEqual(parseMarkdown(text), [
      { kind: "heading", level: 1, inlines: [{ kind: "text", text: "One" }] },
      {
        kind: "paragraph",
        inlines: [
          { kind: "text", text: "Two " },
          { kind: "code", text: "three" },
          { kind: "text", text: " " },
          { kind: "strong", text: "four" },
          { kind: "text", text: "." },
        ],
      },
      {
        kind: "list",
        ordered: false,
        items: [[{ kind: "text", text: "a b" }], [{ kind: "text", text: "c" }]],
      },
      { kind: "list", ordered: true, items: [[{ kind: "text", text: "d" }]] },
      { kind: "code", text: "# no heading" },
    ]);
  });

  for (const href of [
    "javascript:alert(1)",
    "JaVaScRiPt:x",
    "data:text/html,x",
    "//evil.example",
    "../../docs/x.md",
    "vbscript:x",
  ]) {
    test(`does not link to ${href}`, () => {
      const inlines = parseMarkdown(`[a](${href})`).flatMap(inlinesOf);
      assert.deepEqual([...new Set(inlines.map(({ kind }) => kind))], ["text"]);
    });
  }

  test("links to the web", () => {
    const [block] = parseMarkdown("see [a](https://x.example/#b)");
    assert.deepEqual(inlinesOf(block as Block)[1], { kind: "link", text: "a", href: "https://x.example/#b" });
  });

  test("takes markup for text", () => {
    const text = "<img src=x onerror=alert(1)> & <b>";
    assert.deepEqual(parseMarkdown(text), [{ kind: "paragraph", inlines: [{ kind: "text", text }] }]);
  });

  test("of every exercise is read whole, down to its last word", () => {
    const files = globSync(new URL("../../../../exercises/*/README.md", import.meta.url).pathname);
    assert.ok(files.length >= 17);
    for (const file of files) {
      const words = (it: string) => it.replaceAll(/[^\p{L}]+/gu, " ").trim();
      const text = readFileSync(file, "utf8")
        .replaceAll(/\]\([^)]*\)/g, "] ")
        .replaceAll(/```\w*/g, " ");
      const read = parseMarkdown(readFileSync(file, "utf8"))
        .map((it) =>
          it.kind === "code"
            ? it.text
            : inlinesOf(it)
                .map(({ text: word }) => word)
                .join(" "),
        )
        .join(" ");
      assert.equal(words(read), words(text), file);
    }
  });

  test("of any length is read in a moment", () => {
    const startedAt = performance.now();
    for (const it of ["*", "**", "`", "[", "[a](", "# ", "- "]) parseMarkdown(it.repeat(20_000));
    assert.ok(performance.now() - startedAt < 5_000);
  });
});
