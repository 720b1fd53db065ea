import type { Block, Inline } from "./markdown.ts";
import { parseMarkdown } from "./markdown.ts";

/** Markdown as nodes. A text's first heading has the level that is given, and the others follow. */
export function MarkdownView({ text, top = 3 }: { readonly text: string; readonly top?: number }) {
  return (
    <div class="markdown">
      {parseMarkdown(text).map((it, i) => (
        <BlockView key={i} block={it} top={top} />
      ))}
    </div>
  );
}

function BlockView({ block, top }: { readonly block: Block; readonly top: number }) {
  switch (block.kind) {
    case "heading": {
      const Heading = `h${Math.min(6, top + block.level - 1)}` as "h3";
      return (
        <Heading>
          <Inlines of={block.inlines} />
        </Heading>
      );
    }
    case "paragraph":
      return (
        <p>
          <Inlines of={block.inlines} />
        </p>
      );
    case "code":
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1)
      return <pre tabIndex={0}>{block.text}</pre>;
    case "list": {
      const List = block.ordered ? "ol" : "ul";
      return (
        <List>
          {block.items.map((item, n) => (
            <li key={n}>
              <Inlines of={item} />
            </li>
          ))}
        </List>
      );
    }
  }
}

function Inlines({ of }: { readonly of: readonly Inline[] }) {
  return (
    <>
      {of.map((it, i) => (
        <InlineView key={i} inline={it} />
      ))}
    </>
  );
}

function InlineView({ inline }: { readonly inline: Inline }) {
  switch (inline.kind) {
    case "text":
      return <>{inline.text}</>;
    case "code":
      return <code>{inline.text}</code>;
    case "strong":
      return <strong>{inline.text}</strong>;
    case "em":
      return <em>{inline.text}</em>;
    case "link":
      return (
        <a href={inline.href} target="_blank" rel="noreferrer noopener">
          {inline.text}
        </a>
      );
  }
}
