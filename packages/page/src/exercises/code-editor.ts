import { javascript } from "@codemirror/lang-javascript";
import { yaml } from "@codemirror/lang-yaml";
import { basicSetup, EditorView } from "codemirror";
import { colors } from "./code-colors.ts";

/** What is edited, and who is told. */
export interface EditorOptions {
  readonly path: string;
  readonly text: string;
  readonly onChange: () => void;
  readonly onSave: () => void;
}

/** An editor that is open. */
export interface OpenEditor {
  /** What it was opened, saved or replaced with last. */
  saved: string;
  text(): string;
  /** Puts another text in the place of all. */
  replace(text: string): void;
  close(): void;
}

/**
 * Opens an editor in an element. It is in a shadow root, because there CodeMirror makes its styles by script (`adoptedStyleSheets`) and
 * not by a `<style>` element, which the page's policy does not allow.
 */
export function openEditor(
  element: HTMLElement,
  { path, text, onChange, onSave }: EditorOptions,
): OpenEditor {
  const root = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  const language = /\.ts$/.test(path)
    ? [javascript({ typescript: true })]
    : /\.ya?ml$/.test(path)
      ? [yaml()]
      : [];
  const view = new EditorView({
    doc: text,
    parent: root,
    root,
    extensions: [
      basicSetup,
      ...language,
      ...colors(),
      EditorView.contentAttributes.of({ "aria-label": `Text of ${path}`, tabindex: "0" }),
      EditorView.updateListener.of(({ docChanged }) => docChanged && onChange()),
      EditorView.domEventHandlers({
        keydown: (event) => {
          const isSave =
            event.key === "s" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
          if (isSave) {
            event.preventDefault();
            onSave();
          }
          return isSave;
        },
      }),
    ],
  });
  return {
    saved: text,
    text: () => view.state.doc.toString(),
    replace(next) {
      this.saved = next;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: next } });
    },
    close: () => view.destroy(),
  };
}
