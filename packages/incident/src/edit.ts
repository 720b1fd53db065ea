/** A change of one place in a text file. */
export interface Edit {
  /** The file, from the top of the release. */
  readonly file: string;
  /** What comes before the place, where `from` is there more than once. Default: the beginning. */
  readonly after?: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Makes a change.
 *
 * @throws {Error} when the place is not in the text: the file has changed under the edit, and who wrote it has to look.
 */
export function applyEdit(text: string, { file, after = "", from, to }: Edit): string {
  const begin = text.indexOf(after);
  const at = begin < 0 ? -1 : text.indexOf(from, begin + after.length);
  if (at < 0) throw new Error(`${file} has no "${from}"${after ? ` after "${after}"` : ""}`);
  return text.slice(0, at) + to + text.slice(at + from.length);
}
