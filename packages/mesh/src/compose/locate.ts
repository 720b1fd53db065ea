import { isNode, LineCounter, parseDocument } from "yaml";

/** The text of one compose file. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Where a setting stands, as `file:line`, looked up in the files from the last to the first because a later file wins.
 * A path that is not there as such (merged from an anchor, or normalised) is found by its nearest parent.
 * Undefined when no file has even its first two steps.
 */
export function locate(files: readonly SourceFile[], path: readonly string[]): string | undefined {
  for (let length = path.length; length >= Math.min(2, path.length); length -= 1) {
    for (const file of files.toReversed()) {
      const lines = new LineCounter();
      const node = parseDocument(file.text, { lineCounter: lines, merge: true }).getIn(
        path.slice(0, length),
        true,
      );
      if (isNode(node) && node.range) {
        return `${file.path}:${lines.linePos(node.range[0]).line}`;
      }
    }
  }
  return undefined;
}
