import type { LogAddition } from "@envoy-mesh-lab/mesh";
import { printableLines } from "@envoy-mesh-lab/trace";

/** Lines that are reported at a time, and the longest, in characters; what is more is left out, and counted. */
const linesAtOnce = 2_000;
const longestLine = 4_000;

/** Lines of a log, and how many bytes before them were left out. */
export interface LogLines {
  readonly lines: string[];
  readonly skipped: number;
}

/** Cuts what is added to a log into whole lines; the end of what has no end yet waits for it. */
export class LogLineReader {
  #rest = "";

  read({ text, skipped }: LogAddition): LogLines {
    // What was left out may have ended the line that waits, or not.
    const all = `${skipped > 0 ? "" : this.#rest}${text}`.split("\n");
    const rest = all.pop() ?? "";
    this.#rest = rest.slice(0, longestLine);
    const left = all.slice(0, Math.max(0, all.length - linesAtOnce));
    const more = left.reduce((sum, it) => sum + Buffer.byteLength(it) + 1, 0);
    return {
      lines: all.slice(left.length).map((it) => printableLines(shorten(it.replace(/\r$/, "")))),
      skipped: skipped + more,
    };
  }
}

function shorten(line: string): string {
  return line.length <= longestLine ? line : `${line.slice(0, longestLine)}… (${line.length} characters)`;
}
