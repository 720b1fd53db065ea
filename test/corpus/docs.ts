import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** Where the table stands. */
export const docsFile = join(repoRoot, "docs", "corpus.md");

const table = /(?<=<!-- npm run corpus -- --write -->\n\n).*?(?=\n\n<!-- end -->)/s;

export const readDocs = () => readFileSync(docsFile, "utf8");

/** The page with another table. */
export function withTable(docs: string, rows: string): string {
  if (!table.test(docs)) throw new Error(`${docsFile} has no place for the table`);
  return docs.replace(table, () => rows);
}
