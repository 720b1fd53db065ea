import { readFileSync } from "node:fs";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { ParsedNode } from "yaml";
import { isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type * as z from "zod";
import type { Source } from "./source.ts";

/**
 * Reads a YAML file of a known shape.
 *
 * @param what what the file holds, for errors: "the expected hops".
 * @param hint what to do about a wrong file.
 * @throws {LabError} (exit code `usage`) when the file is missing, no YAML, or of another shape; the message names the
 * line and the place of everything that is wrong.
 */
export function readYamlFile<T>(
  file: string,
  schema: z.ZodType<T>,
  what: string,
  hint: string,
): { value: T; source: Source } {
  const fail = (message: string): never => {
    throw new LabError(message, { exitCode: ExitCode.usage, hint });
  };
  let text = "";
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    fail(`cannot read ${what} in ${file}: ${(error as Error).message}`);
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [broken] = document.errors;
  if (broken) {
    fail(`cannot read ${what} in ${file}: ${broken.message}`);
  }
  const lineAt = (path: readonly PropertyKey[]) => lines.linePos(offsetOf(document.contents, path)).line || 1;
  const lineOf: Source["lineOf"] = (path) => (document.has(path[0]) ? lineAt(path) : undefined);
  const parsed = schema.safeParse(document.toJS());
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue) => {
      const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0] ?? ""] : issue.path;
      return `  ${file}:${lineAt(path)}: ${pathText(issue.path)}${issue.message}`;
    });
    fail(`${what} in ${file} are not valid:\n${issues.join("\n")}`);
  }
  return { value: parsed.data as T, source: { file, lineOf } };
}

/** The offset of the node at that path, or of the deepest that is there. */
function offsetOf(root: ParsedNode | null, path: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range[0] ?? 0;
  for (const key of path) {
    if (isMap(node)) {
      const pair = node.items.find((it) => isScalar(it.key) && it.key.value === key);
      const at = isScalar(pair?.key) ? pair.key.range?.[0] : undefined;
      if (at === undefined) return offset;
      offset = at;
      node = pair?.value;
    } else {
      const items = (node as { items?: ParsedNode[] } | null)?.items;
      const item = Array.isArray(items) ? items[Number(key)] : undefined;
      if (item === undefined || item === null) return offset;
      offset = item.range?.[0] ?? offset;
      node = item;
    }
  }
  return offset;
}

/** A path as one would write it: "hops[2].kind: ". */
function pathText(path: readonly PropertyKey[]): string {
  const text = path
    .map((it, i) => (typeof it === "number" ? `[${it}]` : `${i > 0 ? "." : ""}${String(it)}`))
    .join("");
  return text === "" ? "" : `${text}: `;
}
