import type { Ratios, Rounds, Spread, Target } from "./figures.ts";
import { spreadOf, targets } from "./figures.ts";
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
  const medians = Object.fromEntries(Object.entries(ratios).map(([name, { median }]) => [name, median]));
  const figures = variantNames.map((name) => {
    const columns = columnsOf(rounds, name);
    return [name, { title: variants[name].title, ...columns, allocated: allocation[name] }];
  });
  return JSON.stringify(
    { ...medians, ...machine, targets, spread: ratios, figures: Object.fromEntries(figures) },
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
    return `| ${variants[name].title} | ${client.median.toFixed(1)} | ${server.median.toFixed(1)} | ${around(total, 1)} | ${kib ?? ""} |`;
  });
  const ratioRows = (Object.keys(run.ratios) as (keyof Ratios)[]).map((name) => {
    const target = isTarget(name) ? `at most ${short(targets[name])}` : "";
    return `| \`${name}\` | ${around(run.ratios[name], 3)} | ${target} |`;
  });
  const rounds = run.rounds.h2.length;
  return [
    `${run.date}, Node ${run.node}, ${run.cpus.count} × ${run.cpus.model}, ${run.memoryGiB} GiB; median of ${rounds} rounds (lowest to highest):`,
    "",
    "| per unary call, or message each way | client, CPU µs | server, CPU µs | both, CPU µs | allocated, KiB |",
    "|---|---:|---:|---:|---:|",
    ...rows,
    "",
    "| ratio | value | target |",
    "|---|---:|---|",
    ...ratioRows,
  ].join("\n");
}

function columnsOf(rounds: Rounds, name: VariantName): Record<"client" | "server" | "total", Spread> {
  const samples = rounds[name];
  return {
    client: spreadOf(samples.map(({ client }) => client)),
    server: spreadOf(samples.map(({ server }) => server)),
    total: spreadOf(samples.map(({ client, server }) => client + server)),
  };
}

function isTarget(name: string): name is Target {
  return name in targets;
}

function around({ median, min, max }: Spread, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

function short(value: number): string {
  return String(Number(value.toFixed(3)));
}
