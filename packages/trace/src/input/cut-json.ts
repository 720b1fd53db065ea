/** What is whole in a JSON text that ends in the middle. */
export interface CutJson {
  /** Where the last whole span ends; what comes after it is lost. */
  end: number;
  /** The text up to there with its brackets closed. */
  whole: string;
}

/** Lists of which an element is a span, or holds whole spans: of OTLP, Tempo, Jaeger and Elasticsearch. Zipkin's have no name. */
const spanLists = new Set([
  "",
  "spans",
  "data",
  "hits",
  "resourceSpans",
  "resource_spans",
  "batches",
  "scopeSpans",
  "scope_spans",
  "instrumentationLibrarySpans",
]);

/**
 * Finds what is whole in a JSON text that was cut off: everything up to the end of its last whole span.
 *
 * @returns undefined when the text is not cut off (every bracket is closed), or when no span is whole.
 */
export function mendCutJson(text: string): CutJson | undefined {
  const open: { close: "}" | "]"; name: string }[] = [];
  let lastText = "";
  let name = "";
  let cut: { end: number; closers: string } | undefined;
  let i = 0;
  for (; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = endOfString(text, i);
      if (end < 0) {
        break;
      }
      lastText = end - i < 40 ? text.slice(i + 1, end) : "";
      i = end;
    } else if (char === ":") {
      name = lastText;
    } else if (char === "{") {
      open.push({ close: "}", name: "" });
      name = "";
    } else if (char === "[") {
      open.push({ close: "]", name });
      name = "";
    } else if (char === "}" || char === "]") {
      if (open.pop()?.close !== char) {
        return undefined;
      }
      const list = open.at(-1);
      if (char === "}" && list?.close === "]" && spanLists.has(list.name)) {
        cut = { end: i + 1, closers: closers(open) };
      }
    }
  }
  const isCut = open.length > 0 || i < text.length;
  return isCut && cut !== undefined
    ? { end: cut.end, whole: text.slice(0, cut.end) + cut.closers }
    : undefined;
}

/** The ids of the traces that are named in a broken piece of JSON. */
export function traceIdsIn(text: string): string[] {
  return [...text.matchAll(/"trace_?id"\s*:\s*"([^"]{1,64})"/gi)].map((it) => it[1] as string);
}

/** Where the string that begins at `start` ends; -1 when it does not. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === "\\") backslashes++;
    if (backslashes % 2 === 0) {
      return end;
    }
  }
  return -1;
}

function closers(open: readonly { close: string }[]): string {
  return open
    .map((it) => it.close)
    .reverse()
    .join("");
}
