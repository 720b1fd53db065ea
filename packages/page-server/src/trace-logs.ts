/** Lines beyond so many, and characters of a line beyond so many, are not reported. */
const mostLines = 500;
const mostCharacters = 16_384;

/** A line that a part has printed. */
export interface PartLine {
  readonly part: string;
  readonly text: string;
}

/**
 * The lines of the parts' logs that carry a trace's id, of one part after the other: a log has up to 20 MB.
 *
 * @param read gives a part's log.
 */
export async function linesWith(
  traceId: string,
  parts: readonly string[],
  read: (part: string) => Promise<string>,
): Promise<{ lines: PartLine[]; isCut: boolean }> {
  const lines: PartLine[] = [];
  for (const part of parts) {
    const log = await read(part);
    for (let at = log.indexOf(traceId); at >= 0; ) {
      if (lines.length === mostLines) return { lines, isCut: true };
      const from = log.lastIndexOf("\n", at) + 1;
      const end = log.indexOf("\n", at);
      const to = end < 0 ? log.length : end;
      lines.push({ part, text: log.slice(from, Math.min(to, from + mostCharacters)) });
      at = log.indexOf(traceId, to);
    }
  }
  return { lines, isCut: false };
}
