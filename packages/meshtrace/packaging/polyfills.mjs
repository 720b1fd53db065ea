// What Node 20 lacks of what the bundled code uses; the tests run it there.
// biome-ignore-all lint/suspicious/noAssignInExpressions: that is what a polyfill does.

/**
 * Map.groupBy of ES2024, Node 21.
 *
 * @template T, K
 * @param {Iterable<T>} items
 * @param {(item: T, index: number) => K} keyOf
 * @returns {Map<K, T[]>}
 */
function groupBy(items, keyOf) {
  /** @type {Map<K, T[]>} */
  const groups = new Map();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/**
 * Array.fromAsync of ES2026, Node 22, for iterables.
 *
 * @template T, U
 * @param {AsyncIterable<T> | Iterable<T>} items
 * @param {(item: T, index: number) => U} [map]
 * @returns {Promise<(T | Awaited<U>)[]>}
 */
async function fromAsync(items, map) {
  const list = [];
  for await (const item of items) list.push(map === undefined ? item : await map(item, list.length));
  return list;
}

/**
 * AbortSignal.any of Node 20.3.
 *
 * @param {Iterable<AbortSignal>} signals
 */
function any(signals) {
  const first = new AbortController();
  for (const it of signals) {
    if (it.aborted) first.abort(it.reason);
    else it.addEventListener("abort", () => first.abort(it.reason), { once: true });
  }
  return first.signal;
}

AbortSignal.any ??= any;
Map.groupBy ??= groupBy;
Array.fromAsync ??= /** @type {typeof Array.fromAsync} */ (fromAsync);
