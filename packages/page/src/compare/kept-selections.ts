/** Which traces of the mesh make a set. */
export interface Selection {
  readonly name: string;
  /** A TraceQL query; empty for all. */
  readonly query: string;
  /** Those that began between these, in milliseconds since 1970. */
  readonly startMs: number;
  readonly endMs: number;
  /** How many at most. */
  readonly limit: number;
  /** Or else these, by id: query, times and limit say nothing then. */
  readonly traceIds?: readonly string[];
}

const key = "envoy-mesh-lab.selections";
const mostKept = 20;

/** The selections that were kept in this browser, the newest first. */
export function keptSelections(storage: Pick<Storage, "getItem"> = localStorage): readonly Selection[] {
  try {
    const kept: unknown = JSON.parse(storage.getItem(key) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isSelection).slice(0, mostKept) : [];
  } catch {
    // Something else has written there, or the browser keeps nothing: none are offered then.
    return [];
  }
}

/** Keeps a selection, in the place of another of its name, and gives all that are kept. */
export function keepSelection(
  selection: Selection,
  storage: Pick<Storage, "getItem" | "setItem"> = localStorage,
): readonly Selection[] {
  const others = keptSelections(storage).filter((it) => it.name !== selection.name);
  return write([selection, ...others].slice(0, mostKept), storage);
}

/** Forgets the selection of a name, and gives those that are left. */
export function forgetSelection(
  name: string,
  storage: Pick<Storage, "getItem" | "setItem"> = localStorage,
): readonly Selection[] {
  return write(
    keptSelections(storage).filter((it) => it.name !== name),
    storage,
  );
}

function write(selections: readonly Selection[], storage: Pick<Storage, "setItem">): readonly Selection[] {
  try {
    storage.setItem(key, JSON.stringify(selections));
  } catch {
    // A browser that keeps nothing has them as long as the page is open.
  }
  return selections;
}

function isSelection(it: unknown): it is Selection {
  if (typeof it !== "object" || it === null) return false;
  const {
    name,
    query,
    startMs,
    endMs,
    limit,
    traceIds = [],
  } = it as Partial<Record<keyof Selection, unknown>>;
  return (
    typeof name === "string" &&
    typeof query === "string" &&
    [startMs, endMs, limit].every(Number.isSafeInteger) &&
    Array.isArray(traceIds) &&
    traceIds.every((id) => typeof id === "string" && /^[0-9a-f]{32}$/.test(id))
  );
}
