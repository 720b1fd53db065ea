import { useState } from "preact/hooks";
import { fetchSet } from "./fetch.ts";
import { savedQueries, saveQuery } from "./saved-queries.ts";

/** Fetches traces of the mesh as a set: by a query, of a stretch of time. */
export function FetchSet({ onSet }: { readonly onSet: (number: number) => void }) {
  const [saved, setSaved] = useState(savedQueries());
  const submit = (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const query = String(data.get("query") ?? "").trim();
    const minutes = (name: string) => Number(data.get(name));
    onSet(
      fetchSet({
        query,
        fromMinutes: minutes("from"),
        toMinutes: minutes("to"),
        limit: Number(data.get("limit")),
      }),
    );
    setSaved(saveQuery(query));
  };
  return (
    <form class="filters" onSubmit={submit} aria-label="Fetch traces of the mesh">
      <label class="wide">
        TraceQL
        <input
          name="query"
          list="saved-queries"
          placeholder="{}, or { resource.service.name = &quot;gateway&quot; }"
          spellcheck={false}
        />
      </label>
      <datalist id="saved-queries">
        {saved.map((it) => (
          <option key={it} value={it} />
        ))}
      </datalist>
      <label>
        From, minutes ago
        <input name="from" type="number" min="1" max="1440" defaultValue="15" required />
      </label>
      <label>
        To, minutes ago
        <input name="to" type="number" min="0" max="1439" defaultValue="0" required />
      </label>
      <label>
        At most
        <input name="limit" type="number" min="1" max="2000" defaultValue="200" required />
      </label>
      <button type="submit">Fetch from the mesh</button>
    </form>
  );
}
