import { duration, printable, wrap } from "@envoy-mesh-lab/trace";
import { signed } from "./format.ts";
import type { Contrast, HopContrast, Spread } from "./similar.ts";
import type { TextStyle } from "./text-table.ts";
import { renderTable } from "./text-table.ts";

const verdicts: Record<HopContrast["verdict"], string> = {
  slower: "▲ slower than all",
  faster: "▼ faster than all",
  "as-they": "= like them",
};

/**
 * Draws how a trace differs from the fast ones of its shape.
 *
 * @param source where those were looked for.
 * @param chosen why it is this trace. Default: it was named, so that nothing is said.
 */
export function renderContrast(found: Contrast, source: string, style: TextStyle, chosen?: string): string {
  const { traceId, totalNs, alike, failed, otherShapes, fast, fastNs, hops, spans } = found;
  const others = [
    failed === 0 ? "" : `; ${failed} more of it failed, and ${failed === 1 ? "is" : "are"} left out`,
    otherShapes === 0 ? "" : `; ${otherShapes} more ${otherShapes === 1 ? "is" : "are"} of another shape`,
  ].join("");
  const head = `trace ${traceId}${chosen === undefined ? "" : ` (${chosen})`}: ${duration(totalNs)} end to end`;
  const text = (it: string) => wrap(printable(it), style.width);
  if (fastNs === undefined) {
    const why =
      alike === 0
        ? `no other trace in ${source} has its shape (the root span's name, and which services call which)${failed === 0 ? "" : " and succeeded"}`
        : alike === 1
          ? `the only other of its shape in ${source} was not faster`
          : `none of the ${alike} others of its shape in ${source} was faster`;
    return text(`${head}; ${why}${others}.`).join("\n");
  }
  return [
    ...text(
      `${head}. ${alike === 1 ? "One other trace" : `${alike} other traces`} in ${source} ${alike === 1 ? "has" : "have"} its shape; the ${fast.length === 1 ? "fastest took" : `${fast.length} fastest took`} ${range(fastNs)}${others}.`,
    ),
    "",
    ...renderTable(
      ["this one", "median", "range of the fast", "difference", ""],
      hops.map((it) => ({
        role: it.role,
        label: it.label,
        cells: [
          duration(it.ns),
          duration(it.fast.median),
          bounds(it.fast),
          signed(it.differenceNs),
          verdicts[it.verdict],
        ],
        bar: it.differenceNs,
      })),
      style,
    ),
    ...(spans.length === 0 ? [] : ["", ...spans.flatMap((it) => text(spansInWords(it)))]),
  ].join("\n");
}

function spansInWords({ party, count, fast: { least, most } }: Contrast["spans"][number]): string {
  return `${party}: ${count} ${count === 1 ? "span" : "spans"} here, ${least === most ? least : `${least} to ${most}`} in the fast ones.`;
}

function range(it: Spread): string {
  return it.least === it.most
    ? duration(it.least)
    : `${duration(it.least)} to ${duration(it.most)}, the one in the middle ${duration(it.median)}`;
}

function bounds({ least, most }: Spread): string {
  return `${duration(least)} … ${duration(most)}`;
}
