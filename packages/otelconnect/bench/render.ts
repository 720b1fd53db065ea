import type { Estimate, Ratios, Rounds, Target } from "./figures.ts";
import { medianOf, targets, verdict } from "./figures.ts";
import type { Ends } from "./measure.ts";
import type { VariantName } from "./variants.ts";
import { variantNames, variants } from "./variants.ts";

/** One run of the benchmark. */
export interface Run {
  /** Day of the run, such as 2026-01-31. */
  readonly date: string;
  readonly node: string;
  readonly cpus: { readonly count: number; readonly model: string };
  readonly memoryGiB: number;
  readonly rounds: Rounds;
  readonly allocation: Readonly<Partial<Record<VariantName, Ends>>>;
  readonly ratios: Ratios;
}

/** The figures alone, for programs: the ratios by their names, then everything they come from. */
export function toJson(run: Run): string {
  const { ratios, rounds, allocation, ...machine } = run;
  const medians = Object.fromEntries(Object.entries(ratios).map(([name, { value }]) => [name, value]));
  const figures = variantNames.map((name) => {
    const columns = columnsOf(rounds, name);
    return [name, { title: variants[name].title, ...columns, allocated: allocation[name] }];
  });
  return JSON.stringify(
    { ...medians, ...machine, targets, intervals: ratios, figures: Object.fromEntries(figures) },
    undefined,
    2,
  );
}

/** Two tables, for the README. */
export function toMarkdown(run: Run): string {
  const rows = variantNames.map((name) => {
    const { client, server, total } = columnsOf(run.rounds, name);
    const allocated = run.allocation[name];
    const kib = allocated && ((allocated.client + allocated.server) / 1024).toFixed(1);
    return `| ${variants[name].title} | ${client.toFixed(1)} | ${server.toFixed(1)} | ${total.toFixed(1)} | ${kib ?? ""} |`;
  });
  const ratioRows = (Object.keys(run.ratios) as (keyof Ratios)[]).map((name) => {
    const estimate = run.ratios[name];
    const [limit, kept] = isTarget(name)
      ? [short(targets[name]), verdict(estimate, targets[name])]
      : ["", ""];
    return `| \`${name}\` | ${limit} | ${around(estimate, 2)} | ${kept} |`;
  });
  const rounds = run.rounds.h2.length;
  const turns = run.rounds.h2[0]?.length ?? 0;
  return [
    `${run.date}, Node ${run.node}, ${run.cpus.count} × ${run.cpus.model}, ${run.memoryGiB} GiB; medians of ${rounds} rounds of ${turns} turns, with intervals of 95 %:`,
    "",
    "| user time in µs, per unary call, or message each way | client | server | both | allocated, KiB |",
    "|---|---:|---:|---:|---:|",
    ...rows,
    "",
    "| ratio | limit | reached | within |",
    "|---|---:|---:|---|",
    ...ratioRows,
  ].join("\n");
}

function columnsOf(rounds: Rounds, name: VariantName): Record<"client" | "server" | "total", number> {
  const turns = rounds[name].flat();
  return {
    client: medianOf(turns.map(({ client }) => client)),
    server: medianOf(turns.map(({ server }) => server)),
    total: medianOf(turns.map(({ client, server }) => client + server)),
  };
}

function isTarget(name: string): name is Target {
  return name in targets;
}

function around({ value, low, high }: Estimate, digits: number): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)} to ${high.toFixed(digits)})`;
}

function short(value: number): string {
  return String(Number(value.toFixed(3)));
}
