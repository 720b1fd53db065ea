/** A piece of a line. */
export type Inline =
  | { readonly kind: "text" | "code" | "strong" | "em"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string };

/** A block of a text. */
export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly inlines: readonly Inline[] }
  | { readonly kind: "paragraph"; readonly inlines: readonly Inline[] }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "list"; readonly ordered: boolean; readonly items: readonly (readonly Inline[])[] };

/**
 * Reads Markdown as exercises write it: headings, paragraphs, lists, fenced code; code, emphasis and links in lines. What is none of
 * these is text, markup too.
 */
export function parseMarkdown(text: string): Block[] {
  const blocks: Block[] = [];
  let paragraph: string[] = [];
  let list: { ordered: boolean; items: string[] } | undefined;
  let code: string[] | undefined;
  const end = () => {
    if (paragraph.length > 0) blocks.push({ kind: "paragraph", inlines: parseInlines(paragraph.join(" ")) });
    if (list) blocks.push({ kind: "list", ordered: list.ordered, items: list.items.map(parseInlines) });
    paragraph = [];
    list = undefined;
  };
  for (const line of text.trimEnd().split("\n")) {
    const heading = /^(#{1,6}) (.*)$/.exec(line);
    const item = /^\s*([-*]|\d+\.) (.*)$/.exec(line);
    if (/^\s*```/.test(line)) {
      if (code === undefined) end();
      else blocks.push({ kind: "code", text: code.join("\n") });
      code = code === undefined ? [] : undefined;
    } else if (code !== undefined) {
      code.push(line);
    } else if (line.trim() === "") {
      end();
    } else if (heading) {
      end();
      const [, marks = "", words = ""] = heading;
      blocks.push({ kind: "heading", level: marks.length, inlines: parseInlines(words) });
    } else if (item) {
      const [, mark = "", words = ""] = item;
      const ordered = /\d/.test(mark);
      if (list?.ordered !== ordered) end();
      list ??= { ordered, items: [] };
      list.items.push(words);
    } else if (list) {
      list.items.push(`${list.items.pop()} ${line.trim()}`);
    } else {
      paragraph.push(line.trim());
    }
  }
  if (code !== undefined) blocks.push({ kind: "code", text: code.join("\n") });
  end();
  return blocks;
}

// What is between two marks has an end, so that many marks without a second one are not looked through to the end each time.
const marks =
  /`([^`]{1,500})`|\*\*([^*]{1,500})\*\*|(?<![*\w])\*(?! )([^*]{1,500})\*|\[([^[\]]{1,500})\]\(([^()\s]{1,500})\)/g;

function parseInlines(text: string): Inline[] {
  const found: Inline[] = [];
  let at = 0;
  const plain = (until: number) => {
    if (until > at) found.push({ kind: "text", text: text.slice(at, until) });
  };
  for (const match of text.matchAll(marks)) {
    const [all, code, strong, em, label, href] = match;
    plain(match.index);
    at = match.index + all.length;
    if (code !== undefined) found.push({ kind: "code", text: code });
    else if (strong !== undefined) found.push({ kind: "strong", text: strong });
    else if (em !== undefined) found.push({ kind: "em", text: em });
    // Only what leads to the web is a link: a file of the repository is not served, and other schemes may run something.
    else if (/^https?:\/\//i.test(href ?? ""))
      found.push({ kind: "link", text: label ?? "", href: href ?? "" });
    else found.push({ kind: "text", text: label ?? "" });
  }
  plain(text.length);
  return found;
}
