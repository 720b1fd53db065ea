import { isMap, isScalar, LineCounter, parseDocument, visit } from "yaml";

/** A line of a configuration. */
export interface ConfigLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

/**
 * Finds the line of a YAML file that Envoy's words are about. Envoy 1.40 turns YAML into one long line of JSON before it reads
 * it, so the line and the column that it tells ("near 1:3479") are nobody's; but it tells the way to the field as well, or the
 * value that it does not know.
 *
 * @returns undefined where its words name neither, or what they name is not in the file, or more than once.
 */
export function lineOfWords(words: string, yaml: string): ConfigLine | undefined {
  const counter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: counter });
  const lineAt = (offset: number): ConfigLine => {
    const { line } = counter.linePos(offset);
    return { line, text: (yaml.split("\n")[line - 1] ?? "").trim() };
  };
  // Envoy varies the blanks between its words.
  const [, way] = /@\s*(\S+?):\s/.exec(words) ?? [];
  const [, field] = /no\s+such\s+field:\s*'([^']+)'/.exec(words) ?? [];
  if (way !== undefined) {
    const path = [...way.replaceAll(".<any>", "").matchAll(/[^.[\]]+/g)].map(([step]) =>
      /^\d+$/.test(step) ? Number(step) : step,
    );
    if (field !== undefined) path.push(field);
    const parent = path.length > 1 ? document.getIn(path.slice(0, -1), true) : document.contents;
    const last = path.at(-1);
    if (isMap(parent)) {
      const pair = parent.items.find(({ key }) => isScalar(key) && key.value === last);
      if (isScalar(pair?.key) && pair.key.range) return lineAt(pair.key.range[0]);
    }
    const node = document.getIn(path, true) as { range?: [number, number, number] | null } | undefined;
    return node?.range ? lineAt(node.range[0]) : undefined;
  }
  const [, value] = /unknown\s+enum\s+value:\s*'([^']+)'/.exec(words) ?? [];
  const named = value ?? field;
  if (named === undefined) return undefined;
  const found: number[] = [];
  visit(document, {
    Scalar: (_, node) => {
      if (node.value === named && node.range) found.push(node.range[0]);
    },
  });
  return found.length === 1 ? lineAt(found[0] as number) : undefined;
}
