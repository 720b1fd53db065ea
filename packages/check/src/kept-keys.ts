import type { ProxyRule } from "@envoy-mesh-lab/trace";
import { originAttributes } from "@envoy-mesh-lab/trace";
import type { Expected, ExpectedSpan } from "./expected.ts";
import { retryAttributes } from "./rules/retries.ts";
import { factAttributes } from "./span-facts.ts";
import type { SpanTests } from "./span-tests.ts";

/** The keys of the attributes that the rules look at, whatever is expected. */
export const ruleAttributes: ReadonlySet<string> = new Set([
  ...originAttributes,
  ...factAttributes,
  ...retryAttributes,
]);

/**
 * The keys of the span, event and link attributes that a check looks at; all others need not be kept while reading.
 * A file of expectations names its keys as they are, never by a pattern, so the list is complete.
 *
 * @param rules the user's own for which spans are a proxy's.
 */
export function keysToKeep(
  expected: Expected | undefined,
  rules: readonly ProxyRule[] = [],
): ReadonlySet<string> {
  const keys = new Set([...ruleAttributes, ...rules.map((it) => it.key)]);
  const add = (attributes: object | undefined) => {
    for (const key of Object.keys(attributes ?? {})) keys.add(key);
  };
  const addTests = ({ attributes, events, links }: SpanTests) => {
    add(attributes);
    for (const it of [...(events?.has ?? []), ...(links?.has ?? [])]) add(it.attributes);
  };
  const addHops = (hops: readonly ExpectedSpan[]) => {
    for (const hop of hops) {
      addTests(hop);
      hop.children?.forEach(addHops);
    }
  };
  addHops(expected?.hops ?? []);
  for (const test of expected?.spans ?? []) {
    addTests(test);
    add(test.where?.attributes);
  }
  return keys;
}
