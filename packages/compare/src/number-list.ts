/** A list of numbers in a typed array that grows: 8 bytes a number, however many there are. */
export class NumberList {
  #array = new Float64Array(16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(value: number): void {
    if (this.#length === this.#array.length) {
      const larger = new Float64Array(this.#array.length * 2);
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[this.#length++] = value;
  }

  /** The numbers so far, without a copy; valid until the next push. */
  view(): Float64Array {
    return this.#array.subarray(0, this.#length);
  }
}
