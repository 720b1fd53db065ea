import { alloc, viewOf } from "./bytes.ts";

/** Among how many of the last objects one is looked for: the resource and the scope of a batch come with each span. */
const lookedAt = 4;

/** A piece of memory that spans are packed into, and the objects that they share or that are not for bytes. */
export class PackedChunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly objects: unknown[] = [];
  /** How many spans were put here and not taken yet. */
  live = 0;

  /** @param size in bytes. */
  constructor(size: number) {
    this.bytes = alloc(size);
    this.view = viewOf(this.bytes);
  }

  /** The place of an object among those of this piece. */
  placeOf(object: unknown): number {
    const { objects } = this;
    for (let i = objects.length - 1; i >= 0 && i >= objects.length - lookedAt; i--) {
      if (objects[i] === object) return i;
    }
    return objects.push(object) - 1;
  }
}
