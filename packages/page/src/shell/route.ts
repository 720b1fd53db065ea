/** The places of the page, in the order in which they are offered. */
export const placeNames = ["mesh", "traces", "compare", "exercises"] as const;
export type PlaceName = (typeof placeNames)[number];

/** Where one is on the page, as the hash of its address says it: `#/traces/4bf9…?service=gateway`. */
export interface Route {
  readonly place: PlaceName;
  /** What follows the place: the id of a trace, or the name of an exercise. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads the hash of an address; one that names no place leads to the mesh. */
export function parseRoute(hash: string): Route {
  const [path = "", query = ""] = splitOnce(hash.replace(/^#\/?/, ""), "?");
  const [first = "", ...rest] = path.split("/").filter((it) => it !== "");
  const place = placeNames.find((it) => it === first);
  return {
    place: place ?? "mesh",
    path: place === undefined ? [] : rest.map(decoded),
    query: new URLSearchParams(query),
  };
}

/** The hash that leads to a place; {@link parseRoute} reads it. */
export function hashOf(
  place: PlaceName,
  path: readonly string[] = [],
  query: URLSearchParams = new URLSearchParams(),
): string {
  const words = [place, ...path.map(encodeURIComponent)].join("/");
  return query.size === 0 ? `#/${words}` : `#/${words}?${query}`;
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** What a person typed may be no encoding at all; then it is taken as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
