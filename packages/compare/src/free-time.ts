/** The time in a window that nothing takes, as gaps in order. Times in ns. */
export class FreeTime {
  readonly #gaps: [from: number, to: number][] = [];

  /** @param taken times that are taken already, from and to, in any order. */
  constructor(from: number, to: number, taken: Iterable<[number, number]>) {
    let next = from;
    for (const [begin, end] of [...taken].sort((a, b) => a[0] - b[0])) {
      if (begin > next) this.#gaps.push([next, Math.min(begin, to)]);
      next = Math.max(next, end);
      if (next >= to) return;
    }
    this.#gaps.push([next, to]);
  }

  /**
   * Takes the first place where something fits.
   *
   * @param low it begins no earlier,
   * @param high and no later.
   * @param extent how long it takes.
   * @param inTheMiddle whether it stands in the middle of where it fits, or as early as it can.
   * @returns undefined when it fits nowhere.
   */
  take(low: number, high: number, extent: number, inTheMiddle: boolean): number | undefined {
    for (let i = 0; i < this.#gaps.length; i++) {
      const [from, to] = this.#gaps[i] as [number, number];
      const first = Math.max(from, low);
      const last = Math.min(to - extent, high);
      if (first > last) continue;
      const place = inTheMiddle ? first + Math.floor((last - first) / 2) : first;
      const rest: [number, number][] = place > from ? [[from, place]] : [];
      rest.push([place + extent, to]);
      this.#gaps.splice(i, 1, ...rest);
      return place;
    }
    return undefined;
  }
}
