import { duration, printable, wrap } from "@envoy-mesh-lab/trace";
import type { Difference } from "./difference.ts";
import { interval, roleStyle, signed } from "./format.ts";
import type { CompareReport } from "./report.ts";
import type { StructureDiff } from "./structure.ts";
import type { TextStyle } from "./text-table.ts";
import { renderTable } from "./text-table.ts";

const verdicts: Record<Difference["verdict"], string> = {
  slower: "▲ slower",
  faster: "▼ faster",
  noise: "= noise",
  unknown: "?",
};

/** Draws how B differs from A: line by line, and in structure. */
export function renderDifferences(report: CompareReport, style: TextStyle): string[] {
  const { differences = [], structure } = report;
  const heads = ["A", "B", "B - A", "95 % interval", "verdict"];
  const rows = (list: Difference[]) =>
    renderTable(
      heads,
      list.map((it) => ({
        role: it.role,
        label: it.of === "role" ? roleStyle[it.role ?? "app"].words : it.label,
        cells: [
          duration(it.a),
          duration(it.b),
          signed(it.difference.value),
          interval(it.difference, signed),
          verdicts[it.verdict],
        ],
        bar: it.difference.value,
      })),
      style,
      list[0]?.of !== "hop",
    );
  return [
    ...rows(differences.filter((it) => it.of !== "hop")),
    "",
    ...rows(differences.filter((it) => it.of === "hop")),
    "",
    ...(differences.some((it) => it.verdict === "unknown")
      ? ["Too few traces to tell a difference from noise: four on each side are enough."]
      : wrap(
          "Means over all traces, 0 where a hop does not occur. A verdict other than noise is wrong in at most 5 % of comparisons, all lines taken together.",
          style.width,
        )),
    ...(structure === undefined ? [] : ["", ...renderStructure(structure)]),
  ];
}

function renderStructure({ onlyInA, onlyInB, moved }: StructureDiff): string[] {
  if (onlyInA.length + onlyInB.length + moved.length === 0) {
    return ["The structures are the same."];
  }
  const below = (parties: string[]) =>
    parties.length === 0
      ? "nothing"
      : parties.map((it) => (it === "" ? "nothing" : printable(it))).join(", ");
  return [
    "structure:",
    ...onlyInA.map((it) => `  - ${printable(it.party)}, below ${below(it.below)}`),
    ...onlyInB.map((it) => `  + ${printable(it.party)}, below ${below(it.below)}`),
    ...moved.map((it) =>
      it.from.length === 0
        ? `  > ${printable(it.party)} also below ${below(it.to)}`
        : it.to.length === 0
          ? `  > ${printable(it.party)} no longer below ${below(it.from)}`
          : `  > ${printable(it.party)} from below ${below(it.from)} to below ${below(it.to)}`,
    ),
  ];
}
