import { writeSync } from "node:fs";

/** What waits to be written at most, in bytes. */
const mostWaiting = 1024 * 1024;

/**
 * Writes lines to a file at once, so that a crash loses none. What cannot be written, as on a full disk, waits for the next line, up
 * to a MiB, and what comes then is left out: a log that nobody can keep must not end the service. (Pino's own destination throws
 * then, and its `flushSync` tries for ever.)
 */
export class LineOutput {
  readonly #file: number;
  readonly #describe: (leftOut: number) => string;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #leftOut = 0;

  /**
   * @param file the number of a file that is open; 1 is standard output.
   * @param describe makes the line that says how many were left out, once there is room again.
   */
  constructor(file: number, describe: (leftOut: number) => string) {
    this.#file = file;
    this.#describe = describe;
  }

  write(line: string): void {
    if (this.#leftOut > 0 && this.#writeWaiting()) {
      this.#add(this.#describe(this.#leftOut));
      this.#leftOut = 0;
    }
    if (this.#waitingBytes + Buffer.byteLength(line) > mostWaiting) this.#leftOut += 1;
    else this.#add(line);
    this.#writeWaiting();
  }

  #add(line: string): void {
    const bytes = Buffer.from(line);
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
  }

  /** Whether nothing waits any more. */
  #writeWaiting(): boolean {
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      let written: number;
      try {
        written = writeSync(this.#file, first);
      } catch {
        // It waits: for room, or for who reads a pipe slowly. Nobody else is left to tell.
        return false;
      }
      this.#waitingBytes -= written;
      // A part of a line may be all that there was room for.
      if (written < first.length) this.#waiting[0] = first.subarray(written);
      else this.#waiting.shift();
    }
    return true;
  }
}
