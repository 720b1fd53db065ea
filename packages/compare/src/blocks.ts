import type { Column } from "./sample.ts";

/** Traces are drawn in at most so many blocks, so that the cost of an interval does not grow with their number. */
export const blocksAtMost = 1000;

/** A column summed up in blocks of traces; blocks in which it does not occur are left out. */
export interface Blocked {
  at: Uint32Array;
  sums: Float64Array;
  counts: Float64Array;
  /** Whether it occurs in every trace. */
  everywhere: boolean;
}

/** The block of a row when rows are cut into blocks of (almost) equal size. */
function blockOf(row: number, rows: number, blocks: number): number {
  return Math.floor((row * blocks) / rows);
}

/** How many rows each block has. */
export function blockSizes(rows: number, blocks: number): Float64Array {
  const sizes = new Float64Array(blocks);
  for (let row = 0; row < rows; row++) {
    const block = blockOf(row, rows, blocks);
    sizes[block] = (sizes[block] as number) + 1;
  }
  return sizes;
}

/** Sums a column up in blocks; nothing where there is no column. */
export function inBlocks(column: Column | undefined, rows: number, blocks: number): Blocked {
  const occurs = column?.rows.length ?? 0;
  const at = new Uint32Array(Math.min(occurs, blocks));
  const sums = new Float64Array(at.length);
  const counts = new Float64Array(at.length);
  let last = -1;
  for (let i = 0; column !== undefined && i < occurs; i++) {
    const block = blockOf(column.rows[i] as number, rows, blocks);
    if (last < 0 || at[last] !== block) at[++last] = block;
    sums[last] = (sums[last] as number) + (column.ns[i] as number);
    counts[last] = (counts[last] as number) + 1;
  }
  const found = last + 1;
  return {
    at: at.subarray(0, found),
    sums: sums.subarray(0, found),
    counts: counts.subarray(0, found),
    everywhere: occurs === rows,
  };
}

/** Draws as many blocks as there are, with replacement, and tells in `weights` how often each was drawn. */
export function drawBlocks(weights: Float64Array, random: (limit: number) => number): void {
  weights.fill(0);
  for (let i = 0; i < weights.length; i++) {
    const at = random(weights.length);
    weights[at] = (weights[at] as number) + 1;
  }
}

/**
 * Adds up a figure of each block as often as the block was drawn. Most of what an interval costs is spent here, so a
 * figure that every block has is read without looking up whose it is.
 */
export function weigh(values: Float64Array, at: Uint32Array, weights: Float64Array): number {
  let sum = 0;
  if (values.length === weights.length) {
    for (let i = 0; i < values.length; i++) sum += (weights[i] as number) * (values[i] as number);
  } else {
    for (let i = 0; i < values.length; i++) {
      sum += (weights[at[i] as number] as number) * (values[i] as number);
    }
  }
  return sum;
}
