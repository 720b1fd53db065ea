/** The end of a log, as the page keeps it. */
export interface LogBuffer {
  readonly lines: readonly string[];
  /** The number of the first line, so that a line is known again when others are dropped. */
  readonly first: number;
  /** Bytes that were left out on the way, because they came faster than they can be told. */
  readonly skipped: number;
}

/** Lines that are kept; a log that goes on for a night fills no memory. */
const mostLines = 2_000;

export const emptyLog: LogBuffer = { lines: [], first: 0, skipped: 0 };

/** Adds lines, and drops the oldest beyond the bound. */
export function addLines(log: LogBuffer, lines: readonly string[], skipped: number): LogBuffer {
  const all = [...log.lines, ...lines];
  const dropped = Math.max(0, all.length - mostLines);
  return { lines: all.slice(dropped), first: log.first + dropped, skipped: log.skipped + skipped };
}
