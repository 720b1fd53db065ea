import type { Format } from "./format.ts";
import type { Keep, Notice } from "./reading.ts";

/** How inputs are read. */
export interface ReadOptions {
  /** The attribute keys to keep; all when undefined. */
  keep?: Keep;
  /** The format of all inputs; told by what each of them holds when undefined. */
  format?: Format | undefined;
  /** Takes what is to be told about an input as a whole. */
  notice: Notice;
  /** Called when a part of the input could not be read of which no trace tells. */
  lost?: (() => void) | undefined;
}
