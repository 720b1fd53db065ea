import { useState } from "preact/hooks";
import { shown } from "../analysis/shown.ts";
import { sets } from "../drop/sets.ts";
import { selectionOf } from "./fetch.ts";
import type { Selection } from "./kept-selections.ts";
import { forgetSelection, keepSelection, keptSelections } from "./kept-selections.ts";

/** The selections that this browser keeps, to be fetched again, and those of the sets that are here, to be kept. */
export function KeptList({ onFetch }: { readonly onFetch: (selection: Selection) => void }) {
  const [kept, setKept] = useState(() => keptSelections());
  const isKept = (name: string) => kept.some((it) => it.name === name);
  const fetched = sets.value.flatMap(({ number }) => {
    const selection = selectionOf.get(number);
    return selection === undefined || isKept(selection.name) ? [] : [selection];
  });
  if (kept.length === 0 && fetched.length === 0) return null;
  return (
    <section aria-label="Saved selections">
      <h3>Saved selections</h3>
      <p class="soft">
        A selection is the query and its stretch of time, or the traces' ids: it is fetched anew, as long as
        Tempo has the traces.
      </p>
      <ul class="kept">
        {kept.map((it) => (
          <li key={it.name}>
            <span class="foreign">{shown(it.name)}</span>{" "}
            <button type="button" onClick={() => onFetch(it)}>
              Fetch<span class="unseen"> {shown(it.name)}</span>
            </button>{" "}
            <button type="button" onClick={() => setKept(forgetSelection(it.name))}>
              Forget<span class="unseen"> {shown(it.name)}</span>
            </button>
          </li>
        ))}
        {fetched.map((it) => (
          <li key={it.name}>
            <span class="foreign">{shown(it.name)}</span>{" "}
            <button type="button" onClick={() => setKept(keepSelection(it))}>
              Save<span class="unseen"> {shown(it.name)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
