import { paint, wrap, wrapLines } from "@envoy-mesh-lab/trace";

/** The widest that sentences are set, in columns: the eye loses the line in longer ones. */
const widestProse = 100;

/**
 * Markdown as exercises write it (headings, paragraphs, lists, fenced code), for a terminal: paragraphs fill the width
 * (100 columns at most), headings and code stand out by colour where there is any, and links tell their address. A line of code that is too long has its
 * comment above it; its command is never broken, so that it can be copied.
 */
export function renderMarkdown(text: string, { width, color }: { width: number; color: boolean }): string {
  const lines: string[] = [];
  let paragraph = "";
  let isCode = false;
  const end = () => {
    if (paragraph !== "") lines.push(wrapLines(inline(paragraph, color), Math.min(width, widestProse)));
    paragraph = "";
  };
  for (const line of text.trimEnd().split("\n")) {
    if (/^\s*```/.test(line)) {
      end();
      isCode = !isCode;
    } else if (isCode) {
      lines.push(...codeLines(line, width).map((it) => `  ${it}`));
    } else if (line.trim() === "") {
      end();
      lines.push("");
    } else if (/^#+ /.test(line)) {
      end();
      const heading = wrapLines(line.replace(/^#+ /, ""), width);
      lines.push(color ? paint("cyan", heading) : heading);
    } else if (/^\s*([-*]|\d+\.) /.test(line)) {
      end();
      paragraph = line;
    } else {
      paragraph = paragraph === "" ? line : `${paragraph} ${line.trim()}`;
    }
  }
  end();
  return lines.join("\n");
}

/** Emphasis and links without their marks. */
function inline(text: string, color: boolean): string {
  return text
    .replaceAll(/\[([^\]]+)\]\((https?:[^)]+)\)/g, "$1 ($2)")
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .replaceAll(/\*\*([^*]+)\*\*/g, "$1")
    .replaceAll(/(?<![*\w])\*(?! )([^*]+)\*/g, "$1")
    .replaceAll(/`[^`]+`/g, (it) => (color ? paint("cyan", it) : it));
}

/** A line of code as it can be shown in a width, two columns of which are the indentation. */
function codeLines(line: string, width: number): string[] {
  const [, command, comment] = /^(.*\S) {2,}# (.*)$/.exec(line) ?? [];
  return command === undefined || comment === undefined || line.length + 2 <= width
    ? [line]
    : [...wrap(comment, width - 4).map((it) => `# ${it}`), command];
}
