/** Which spans hang below which, by place; -1 where there is none. */
export interface Tree {
  readonly parent: ArrayLike<number>;
  readonly firstChild: ArrayLike<number>;
  readonly nextSibling: ArrayLike<number>;
}

/** The places of a tree from top to bottom as it is drawn: each after its parent, children in their order. */
export function topDown({ parent, firstChild, nextSibling }: Tree): Int32Array {
  const order = new Int32Array(parent.length);
  let count = 0;
  for (let top = 0; top < parent.length; top++) {
    if ((parent[top] as number) >= 0) continue;
    order[count++] = top;
    for (let at = firstChild[top] as number; at >= 0; ) {
      order[count++] = at;
      let next = firstChild[at] as number;
      for (let up = at; next < 0 && up !== top; up = parent[up] as number) next = nextSibling[up] as number;
      at = next;
    }
  }
  return order;
}
