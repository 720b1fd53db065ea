import type { ProgramName } from "./pins.ts";

/** News from an installation. */
export interface ProgramProgress {
  /** The program being installed; undefined while waiting for another run. */
  readonly program: ProgramName | undefined;
  /** A `note` is worth a line of its own; a `tick` only replaces the tick before it. */
  readonly kind: "note" | "tick";
  readonly text: string;
  /** Since the start of this program's installation, in milliseconds. */
  readonly elapsedMs: number;
}

/** The part of a stream that the printer needs. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Between two ticks in a log or pipe, in milliseconds: often enough to see that it lives, rare enough to read. */
const plainIntervalMs = 5_000;

/**
 * Prints progress for people: on a terminal one line that is rewritten, elsewhere a plain line every five seconds.
 * Call `end` when the installation is over, however it ended, so that the next output starts on a clean line.
 *
 * @param now clock in milliseconds, for tests
 */
export function progressPrinter(
  stream: ProgressStream,
  now: () => number = Date.now,
): { onProgress: (progress: ProgramProgress) => void; end: () => void } {
  let open = false;
  let lastPlain = Number.NEGATIVE_INFINITY;
  const clear = (): void => {
    if (open) stream.write("\r\x1b[2K");
    open = false;
  };
  const onProgress = ({ kind, text, elapsedMs }: ProgramProgress): void => {
    if (kind === "note") {
      clear();
      stream.write(`${text}\n`);
      lastPlain = now();
      return;
    }
    const line = `  ${duration(elapsedMs)}  ${text}`;
    if (stream.isTTY) {
      // A line that wraps cannot be rewritten with a carriage return.
      stream.write(`\r\x1b[2K${line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))}`);
      open = true;
    } else if (now() - lastPlain >= plainIntervalMs) {
      lastPlain = now();
      stream.write(`${line}\n`);
    }
  };
  return { onProgress, end: clear };
}

/** 65000 -> "1:05". */
export function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
