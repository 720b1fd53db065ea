import type { Balance } from "@envoy-mesh-lab/mesh";
import type { MadeCall } from "./mixed-load.ts";

/** A call of a round, with what is left of it in Tempo and in the backend's log. */
export interface FollowedCall extends MadeCall {
  /** Distinct spans in Tempo by `service.name`. */
  readonly found: Readonly<Record<string, number>>;
  /** How often the backend has begun to brew for it, as its spans say. */
  readonly brewed: number;
  /** How often the backend has said that it finished. */
  readonly finished: number;
}

/** Memory of a part's process, resident, in bytes, before the fault and once all is quiet again. */
export interface Memory {
  readonly before: number;
  readonly after: number;
  /** The most that it ever had. */
  readonly peak: number;
  /** False when it is another process now. */
  readonly isSame: boolean;
  /** The limit of the part's container, in bytes. */
  readonly limit?: number;
}

/** Memory is back when it is at most so many times what it was, or so many bytes more. */
const memoryRatio = 1.5;
const memorySlack = 128 * 1024 * 1024;

/**
 * Whether memory is back: about what it was, or at most half of what the part may have; of another process, that it has not
 * more than it may, as one that was just started has work of its own. A single fault says no more than this, since processes
 * keep what they may need again; a soak says whether it grows.
 */
export function isMemoryBack({ before, after, isSame, limit }: Memory): boolean {
  return isSame
    ? after <= Math.max(before * memoryRatio, before + memorySlack, (limit ?? 0) / 2)
    : limit === undefined || after <= limit;
}
/** What was seen of one fault: plain data, which judge.ts judges. Times are in milliseconds since the epoch. */
export interface Round {
  readonly injectedAt: number;
  /** When the fault was taken away. */
  readonly liftedAt: number;
  /** When every part was well and calls went well again; absent when that never came. */
  readonly recoveredAt?: number;
  readonly calls: readonly FollowedCall[];
  /** Spans that one whole call makes, by `service.name`. */
  readonly spansPerCall: Readonly<Record<string, number>>;
  readonly balance: Balance;
  readonly memory: Readonly<Record<string, Memory>>;
  /** How often each part was started again. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Parts that are not well at the end, with their state. */
  readonly unwell: readonly string[];
}
