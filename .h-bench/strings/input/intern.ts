/** How many texts are remembered; more than the distinct names of a mesh, and bounded. */
const limit = 50_000;

/** A longer text is seldom the same as another one. */
const longest = 80;

/** Keeps one copy of each text that comes often: names and attribute values are few, and spans are many. */
export class Interner {
  readonly #texts = new Map<string, string>();

  /** The one copy of this text. */
  text(text: string): string {
    if (text.length > longest) {
      return text;
    }
    const known = this.#texts.get(text);
    if (known !== undefined) {
      return known;
    }
    if (this.#texts.size >= limit) {
      this.#texts.clear();
    }
    this.#texts.set(text, text);
    return text;
  }
}

/** Keeps one copy of what is the same for many spans, a resource for example, by a key that says all of it. */
export class Pool<T> {
  readonly #known = new Map<string, T>();

  /** What was made for this key before, or else what is made now. */
  get(key: string, make: () => T): T {
    let value = this.#known.get(key);
    if (value === undefined) {
      if (this.#known.size >= limit) {
        this.#known.clear();
      }
      value = make();
      this.#known.set(key, value);
    }
    return value;
  }
}
