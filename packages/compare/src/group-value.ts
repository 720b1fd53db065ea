import type { Span } from "@envoy-mesh-lab/trace";
import type { Placement } from "./place.ts";
import type { SpanIndex } from "./span-index.ts";

/**
 * The value of an attribute in a trace: that of the span nearest to the top that has it, as a span's attribute or as its
 * resource's; of several equally near, the smallest as text. `name` is the top span's name.
 *
 * @returns undefined when no span of the tree has it.
 */
export function groupValue(index: SpanIndex, placement: Placement, key: string): string | undefined {
  const depth = new Int32Array(index.spans.length);
  let found: string | undefined;
  let foundAt = Number.POSITIVE_INFINITY;
  // Parents come before their children, level by level.
  for (const span of placement.order) {
    const above = index.parent[span] as number;
    depth[span] = span === placement.order[0] ? 0 : (depth[above] as number) + 1;
    if ((depth[span] as number) > foundAt) {
      break;
    }
    const value = textOf(index.spans[span] as Span, key);
    if (value !== undefined && (found === undefined || value < found)) {
      found = value;
      foundAt = depth[span] as number;
    }
  }
  return found;
}

function textOf(span: Span, key: string): string | undefined {
  const value = span.attributes[key] ?? span.resource[key] ?? (key === "name" ? span.name : undefined);
  if (value === undefined || value === null) {
    return undefined;
  }
  return typeof value === "object"
    ? JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? `${it}` : it))
    : `${value}`;
}
