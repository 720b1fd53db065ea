import { isObject } from "./raw.ts";

/** How deep trace data is looked for in what is around it. */
const maxDepth = 8;

/** How much of one document is looked at, in values: what is around trace data is small. */
const maxValues = 10_000;

/** A part of a document, and where in it the part stands: "result.data". */
export interface Part {
  path: string;
  value: unknown;
}

/**
 * Finds the outermost parts of a document that are of some shape, where a tool puts something around what it was answered:
 * `{"result": {"data": […]}}`, a list of answers, a browser's HAR, which holds them as text.
 */
export function partsWithin(document: unknown, isWanted: (value: unknown) => boolean): Part[] {
  const found: Part[] = [];
  let left = maxValues;
  const look = (value: unknown, path: string, depth: number): void => {
    if (left-- <= 0 || depth > maxDepth) return;
    const part = typeof value === "string" ? parsed(value) : value;
    if (!isObject(part) && !Array.isArray(part)) return;
    if (depth > 0 && isWanted(part)) {
      found.push({ path, value: part });
      return;
    }
    for (const [key, inner] of Object.entries(part)) {
      // What a span tells of its request, such as the body of an answer, is not what the document is about.
      if (/^(attributes|tags)$/i.test(key)) continue;
      look(inner, path === "" ? key : `${path}.${key}`, depth + 1);
    }
  };
  look(document, "", 0);
  return found;
}

/** What a text holds that is JSON itself. */
function parsed(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // A text that only begins like JSON is a text.
    return undefined;
  }
}
