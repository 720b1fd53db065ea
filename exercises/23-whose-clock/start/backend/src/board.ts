// The board in the kitchen's new controller, or what stands for it here. There is nothing to change here.

/** How often the counter counts in a second, as the board itself says. */
export const hertz = 19_200_000;

/** Counts up from when the board got its power, and never jumps. */
export function counter(): number {
  return (Number(process.hrtime.bigint()) / 1e9) * hertz;
}
