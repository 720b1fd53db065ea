import type { AlertName } from "./alerts.ts";
import type { Cause } from "./causes.ts";
import type { Edit } from "./edit.ts";
import type { LinkName, Machine } from "./parts.ts";
import type { CallRecord, TraceRecord } from "./record.ts";
import type { Toxic } from "./relay.ts";

/** What is changed, and so what undoes it. */
export type Change =
  /** Files of the release are changed. */
  | { readonly edits: readonly Edit[] }
  /** The network of a link is bad. */
  | { readonly link: LinkName; readonly toxic: Toxic }
  /** The clock of a part's machine is ahead by so much, or behind, in milliseconds. */
  | { readonly machine: Machine; readonly aheadMs: number };

/** One thing that can go wrong, all of it. */
export interface Fault {
  readonly area: "application" | "Envoy" | "Collector" | "network" | "sampling" | "clock";
  /** The part or link that has it, and what is wrong, as they are named in a diagnosis. */
  readonly place: string;
  readonly cause: Cause;
  readonly change: Change;
  /** The alert by which it is noticed first. */
  readonly alert: AlertName;
  /** What was done, and why that does what it does; told afterwards. */
  readonly story: string;
  /** A record of the ledger that shows it: none of a healthy mesh does. */
  readonly shownBy: (it: Seen) => boolean;
  /** The commands that show it, the first that tells the most, each with what to see in it. */
  readonly look: readonly { readonly command: string; readonly tells: string }[];
}

/** A call, or what was in Tempo of one, as `shownBy` sees it. */
export type Seen = CallRecord | TraceRecord;

/** What a fault is called, for tests and tables. */
export function nameOf({ place, cause }: Pick<Fault, "place" | "cause">): string {
  return `${place} ${cause}`;
}
