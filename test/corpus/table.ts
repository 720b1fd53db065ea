import type { Hits, Judged } from "./judge.ts";
import { hopTolerance, wrongAndUntold } from "./judge.ts";

/** The figures by product, and of all, as a table of Markdown. */
export function renderTable(judged: readonly Judged[]): string {
  const byProduct = [...Map.groupBy(judged, (it) => it.product)].sort(([a], [b]) => (a < b ? -1 : 1));
  const rows = [...byProduct, ["**all**", [...judged]] as const].map(([product, cases]) =>
    row(product, cases),
  );
  return [head, head.map(() => "---"), ...rows].map((it) => `| ${it.join(" | ")} |`).join("\n");
}

const head = [
  "Product",
  "Cases (recorded)",
  "Spans",
  "Proxies",
  "Directions",
  "Findings",
  `Hops within ${hopTolerance * 100} %`,
  "Mean and greatest error of a hop",
  "Known wrong",
  "Not in the trace (said)",
];

function row(product: string, cases: readonly Judged[]): string[] {
  const sum = (of: (it: Judged) => number) => cases.reduce((total, it) => total + of(it), 0);
  const hits = (of: (it: Judged) => Hits) =>
    precisionAndRecall({
      right: sum((it) => of(it).right),
      invented: sum((it) => of(it).invented),
      missed: sum((it) => of(it).missed),
    });
  const errors = cases.flatMap((it) => it.hops.map(({ error }) => error));
  return [
    product,
    `${cases.length} (${cases.filter((it) => it.made === "recorded").length})`,
    `${sum((it) => it.spans)}`,
    hits((it) => it.roles),
    hits((it) => it.directions),
    hits((it) => it.findings),
    `${errors.filter((it) => it <= hopTolerance).length} of ${errors.length}`,
    errors.length === 0
      ? "–"
      : `${percent(errors.reduce((total, it) => total + it, 0) / errors.length)}, ${percent(Math.max(...errors))}`,
    `${sum((it) => wrongAndUntold(it).wrong.length)}`,
    `${sum((it) => wrongAndUntold(it).untold.length)} (${sum((it) => wrongAndUntold(it).said.length)})`,
  ];
}

/** `98 % / 100 %`; a dash where there is nothing to be precise about. */
function precisionAndRecall({ right, invented, missed }: Hits): string {
  const share = (of: number) => (of === 0 ? "–" : percent(right / of));
  return `${share(right + invented)} / ${share(right + missed)}`;
}

const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`;
