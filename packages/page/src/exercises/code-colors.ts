import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { tags } from "@lezer/highlight";
import { EditorView } from "codemirror";

/** What of a text has which colour of `colors.css`. They are custom properties, so that light and dark need nothing more. */
const highlight = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string), tags.regexp], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: "var(--code-number)" },
  {
    tag: [tags.comment, tags.lineComment, tags.blockComment],
    color: "var(--code-comment)",
    fontStyle: "italic",
  },
  { tag: [tags.typeName, tags.className, tags.namespace], color: "var(--code-type)" },
  {
    tag: [tags.definition(tags.propertyName), tags.propertyName, tags.function(tags.variableName)],
    color: "var(--code-name)",
  },
  { tag: tags.invalid, color: "var(--bad)", textDecoration: "underline wavy" },
]);

const theme = EditorView.theme({
  "&": {
    color: "var(--ink)",
    backgroundColor: "var(--paper)",
    border: "1px solid var(--line)",
    maxHeight: "32rem",
  },
  ".cm-scroller": { overflow: "auto" },
  // CodeMirror sets the width of tabs by a style attribute too, which the page's policy refuses.
  ".cm-content": { caretColor: "var(--ink)", tabSize: "4" },
  ".cm-gutters": { color: "var(--soft)", backgroundColor: "var(--card)", borderColor: "var(--line)" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  // As deep as CodeMirror's own rules, which would win otherwise.
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selected)",
  },
  "&.cm-focused .cm-matchingBracket, .cm-searchMatch, .cm-selectionMatch": {
    backgroundColor: "var(--code-selected)",
    outline: "1px solid var(--soft)",
  },
  ".cm-panels, .cm-tooltip": { color: "var(--ink)", backgroundColor: "var(--card)" },
  ".cm-foldPlaceholder": { color: "var(--ink)", backgroundColor: "var(--card)" },
});

/** The colours of the editor. */
export function colors(): Extension[] {
  return [theme, syntaxHighlighting(highlight)];
}
