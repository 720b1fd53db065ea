import type { InputFlags } from "./input-flags.ts";

/** What the traces are read from, in words. */
export function sourceOf(ids: readonly string[], { from, query, ...window }: InputFlags): string {
  if (from !== undefined || query !== undefined) {
    return from?.join(", ") ?? (query as string);
  }
  const { since, start, end, limit } = window;
  const isSearch = [since, start, end, limit].some((it) => it !== undefined);
  return isSearch ? "Tempo" : ids.length === 0 ? "the newest trace" : ids.join(", ");
}
