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

/** So many draws are added up side by side: one sum waits for the one before it, four do not. */
export const abreast = 4;

/** Weights for draws side by side: of each block one for each draw, next to each other. */
export function weightsOf(blocks: number): Float64Array {
  return new Float64Array(blocks * abreast);
}

/** Where the sums of the draws side by side are put. */
export function sumsOf(): Float64Array {
  return new Float64Array(abreast);
}

/**
 * Draws as many blocks as there are, with replacement, and tells in `weights` how often each was drawn.
 *
 * @param draw which of the draws side by side.
 */
export function drawBlocks(weights: Float64Array, draw: number, random: (limit: number) => number): void {
  const blocks = weights.length / abreast;
  for (let i = draw; i < weights.length; i += abreast) weights[i] = 0;
  for (let i = 0; i < blocks; i++) {
    const at = random(blocks) * abreast + draw;
    weights[at] = (weights[at] as number) + 1;
  }
}

/**
 * Adds up a figure of each block as often as the block was drawn, for each of the draws. Most of what an interval costs is
 * spent here.
 *
 * @param into is given the sum of each draw.
 */
export function weigh(
  values: Float64Array,
  at: Uint32Array,
  weights: Float64Array,
  into: Float64Array,
): void {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const first = (at[i] as number) * abreast;
    a += (weights[first] as number) * value;
    b += (weights[first + 1] as number) * value;
    c += (weights[first + 2] as number) * value;
    d += (weights[first + 3] as number) * value;
  }
  into[0] = a;
  into[1] = b;
  into[2] = c;
  into[3] = d;
}
