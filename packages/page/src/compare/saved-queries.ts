const key = "envoy-mesh-lab.queries";
const mostSaved = 20;

/** The queries that were used last, of this browser; the newest first. */
export function savedQueries(storage: Pick<Storage, "getItem"> = localStorage): readonly string[] {
  try {
    const saved: unknown = JSON.parse(storage.getItem(key) ?? "[]");
    return Array.isArray(saved) ? saved.filter((it) => typeof it === "string").slice(0, mostSaved) : [];
  } catch {
    // Something else has written there, or the browser keeps nothing: none are offered then.
    return [];
  }
}

/** Remembers a query, and gives all that are remembered. */
export function saveQuery(
  query: string,
  storage: Pick<Storage, "getItem" | "setItem"> = localStorage,
): readonly string[] {
  const others = savedQueries(storage).filter((it) => it !== query);
  const queries = query === "" ? others : [query, ...others].slice(0, mostSaved);
  try {
    storage.setItem(key, JSON.stringify(queries));
  } catch {
    // A browser that keeps nothing has them as long as the page is open.
  }
  return queries;
}
