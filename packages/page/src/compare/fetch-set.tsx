import type { Selection } from "./kept-selections.ts";

/** Chooses traces of the mesh to be fetched as a set: by a query, of a stretch of time. */
export function FetchSet({ onSelection }: { readonly onSelection: (selection: Selection) => void }) {
  const submit = (event: Event) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const query = String(data.get("query") ?? "").trim();
    const minutes = (name: string) => Number(data.get(name));
    const now = Date.now();
    const [from, to] = [minutes("from"), minutes("to")];
    onSelection({
      name:
        String(data.get("name") ?? "").trim() ||
        `${query || "all traces"}, ${from} to ${to} min before ${new Date(now).toISOString().slice(0, 19)}Z`,
      query,
      startMs: now - from * 60_000,
      endMs: now - to * 60_000,
      limit: Number(data.get("limit")),
    });
  };
  return (
    <form class="filters" onSubmit={submit} aria-label="Fetch traces of the mesh">
      <label class="wide">
        TraceQL
        <input
          name="query"
          placeholder="{}, or { resource.service.name = &quot;gateway&quot; }"
          spellcheck={false}
        />
      </label>
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
      <label>
        Called
        <input name="name" placeholder="before" maxLength={100} autocomplete="off" />
      </label>
      <button type="submit">Fetch from the mesh</button>
    </form>
  );
}
