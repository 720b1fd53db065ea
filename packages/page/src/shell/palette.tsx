import { useEffect, useRef, useState } from "preact/hooks";
import type { PaletteCommand } from "./commands.ts";
import { commands, matching, stepped } from "./commands.ts";

/** The palette of all commands, behind a button and Ctrl+K (on a Mac also ⌘K), and below it what the last one said. */
export function Palette() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const [said, setSaid] = useState("");
  const found = matching(commands.value, text);
  const open = () => {
    setText("");
    setAt(0);
    if (dialog.current?.open === false) dialog.current.showModal();
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        open();
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
  const run = (command: PaletteCommand | undefined) => {
    if (command === undefined) return;
    dialog.current?.close();
    setSaid(`${command.title}…`);
    // In a promise, so that what is thrown at once is said too.
    Promise.resolve()
      .then(command.run)
      .then(setSaid, (error: unknown) => setSaid(`✖ ${command.title}: ${String(error)}`));
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt(stepped(at, step, found.length));
    else if (event.key === "Enter") run(found[at]);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <button type="button" onClick={open} aria-keyshortcuts="Control+K">
        Commands <kbd>Ctrl K</kbd>
      </button>
      <p class="said" role="status">
        {said}
      </p>
      <dialog ref={dialog} class="palette" aria-label="Commands">
        <input
          type="text"
          role="combobox"
          aria-label="Command"
          aria-expanded="true"
          aria-controls="palette-list"
          aria-activedescendant={found.length > 0 ? `palette-${at}` : undefined}
          placeholder="What to do"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
        <div id="palette-list" role="listbox" aria-label="Commands that match">
          {found.map((it, i) => (
            // The keys are handled by the input above, which has the focus.
            // biome-ignore lint/a11y/useKeyWithClickEvents: see above
            <div
              key={it.title}
              id={`palette-${i}`}
              role="option"
              tabIndex={-1}
              aria-selected={i === at}
              onClick={() => run(it)}
            >
              {it.title}
            </div>
          ))}
        </div>
        {found.length === 0 ? <p class="soft">No command has these words; Esc closes this.</p> : null}
      </dialog>
    </>
  );
}
