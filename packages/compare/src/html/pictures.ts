import { duration, printable, shorten } from "@envoy-mesh-lab/trace";
import type { Difference } from "../difference.ts";
import { percent } from "../format.ts";
import type { HopRole } from "../hop.ts";
import type { Line, SampleReport } from "../report.ts";
import type { Frame } from "../sample.ts";
import type { Picture } from "./svg.ts";
import { pictureWidth } from "./svg.ts";

/** The room for names at the left of pictures, in CSS pixels. */
export const labelRoom = 350;

/** A role's colour, from the page's style. */
export const color = (role: HopRole) => `var(--${role})`;
/** Text that is to be read first. */
export const ink = { color: "var(--ink)", fontSize: 12 };
/** Text that is to be read second. */
export const soft = { color: "var(--soft)", fontSize: 12 };

/** An axis of times in ns. */
export function timeAxis(extra: object = {}): object {
  return {
    type: "value",
    axisLabel: { ...soft, formatter: (ns: number) => duration(ns), hideOverlap: true },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: "var(--line)" } },
    ...extra,
  };
}

/** An axis of names from top to bottom. */
export function nameAxis(names: string[], width = labelRoom): object {
  return {
    type: "category",
    inverse: true,
    data: names.map((it) => shorten(printable(it), 48)),
    axisLabel: { ...ink, interval: 0, width: width - 20 },
    axisLine: { show: false },
    axisTick: { show: false },
  };
}

/** A set of traces with its name. */
export interface NamedSample {
  name: string;
  report: SampleReport;
}

/** Each set as one bar, a piece for each role or hop, as long as the mean time a trace spends there. */
export function stackedPicture(id: string, sets: NamedSample[], by: "roles" | "hops"): Picture {
  const keys = new Map(sets.flatMap(({ report }) => report[by].map((it) => [it.key, it.role] as const)));
  const widest = Math.max(...sets.map(({ report }) => report.total.perTrace.value), 1);
  const left = sets.length === 1 ? 10 : 180;
  return {
    id,
    title:
      by === "roles"
        ? "Mean time of a trace by role"
        : "Mean time of a trace by hop, in the order of the calls",
    description: sets
      .map(
        ({ name, report }) =>
          `${name}: ${report[by].map((it) => `${it.key} ${percent(it.share.value)}`).join(", ")}.`,
      )
      .join(" "),
    height: 34 + sets.length * 56,
    option: {
      grid: { left, right: 30, top: 4, bottom: 28 },
      xAxis: timeAxis({ max: widest }),
      yAxis: {
        ...nameAxis(
          sets.map((it) => shorten(it.name, 24)),
          left,
        ),
        show: sets.length > 1,
      },
      series: [...keys].map(([key, role]) => ({
        type: "bar",
        stack: "all",
        barWidth: 38,
        silent: true,
        itemStyle: { color: color(role), borderColor: "var(--paper)", borderWidth: 1 },
        label: { show: true, color: `var(--on-${role})`, fontSize: 12, fontWeight: 600 },
        data: sets.map(({ report }) => {
          const line = report[by].find((it) => it.key === key);
          const value = line?.perTrace.value ?? 0;
          // A text needs room: some 8 pixels a character.
          const room = (value / widest) * (pictureWidth - left - 30);
          const text =
            by === "roles" ? `${role} ${percent(line?.share.value ?? 0)}` : percent(line?.share.value ?? 0);
          return { value, label: { formatter: () => (room > text.length * 8 ? text : "") } };
        }),
      })),
    },
  };
}

interface Api {
  value: (i: number) => number;
  coord: (at: [number, number]) => [number, number];
}

/** Lines from low to high with a short stroke at both ends. */
function whiskers(data: [number, number, number][]): object {
  return {
    type: "custom",
    silent: true,
    z: 5,
    data,
    encode: { x: [1, 2], y: 0 },
    renderItem: (_: unknown, api: Api) => {
      const [from, y] = api.coord([api.value(1), api.value(0)]);
      const [to] = api.coord([api.value(2), api.value(0)]);
      const stroke = (x1: number, y1: number, x2: number, y2: number) => ({
        type: "line",
        shape: { x1, y1, x2, y2 },
        style: { stroke: "var(--ink)", lineWidth: 1.4 },
      });
      return {
        type: "group",
        children: [stroke(from, y, to, y), stroke(from, y - 4, from, y + 4), stroke(to, y - 4, to, y + 4)],
      };
    },
  };
}

function intervalsOf(list: { low?: number; high?: number }[]): [number, number, number][] {
  return list.flatMap(({ low, high }, i) =>
    low === undefined || high === undefined ? [] : [[i, low, high] satisfies [number, number, number]],
  );
}

/** A bar for each hop with the interval of its mean. */
export function hopsPicture(id: string, hops: Line[]): Picture {
  return {
    id,
    title: "Mean time of a trace at each hop",
    description: hops.map((it) => `${it.key}: ${duration(it.perTrace.value)}.`).join(" "),
    height: 34 + hops.length * 26,
    option: {
      grid: { left: labelRoom, right: 80, top: 4, bottom: 28 },
      xAxis: timeAxis(),
      yAxis: nameAxis(hops.map((it) => it.label)),
      series: [
        {
          type: "bar",
          barWidth: 16,
          silent: true,
          data: hops.map((it) => ({ value: it.perTrace.value, itemStyle: { color: color(it.role) } })),
        },
        whiskers(intervalsOf(hops.map((it) => it.perTrace))),
      ],
    },
  };
}

/** B minus A for each line, with its interval; what is no more than noise is pale. */
export function differencesPicture(id: string, differences: Difference[]): Picture {
  return {
    id,
    title: "B minus A at each hop, with its 95 % interval",
    description: differences
      .map((it) => `${it.label}: ${duration(it.difference.value)}, ${it.verdict}.`)
      .join(" "),
    height: 34 + differences.length * 26,
    option: {
      grid: { left: labelRoom, right: 40, top: 4, bottom: 28 },
      xAxis: timeAxis(),
      yAxis: nameAxis(differences.map((it) => it.label)),
      series: [
        {
          type: "bar",
          barWidth: 16,
          silent: true,
          data: differences.map((it) => ({
            value: it.difference.value,
            itemStyle: {
              color: it.role === undefined ? "var(--ink)" : color(it.role),
              opacity: it.verdict === "noise" ? 0.3 : 1,
            },
          })),
        },
        whiskers(intervalsOf(differences.map((it) => it.difference))),
      ],
    },
  };
}

/** How the times of each hop are spread: 5, 25, 50, 75 and 95 of 100 traces, on a scale of powers of ten. */
export function spreadPicture(id: string, frame: Frame, hops: Line[]): Picture {
  const byKey = new Map(frame.hops.map((it) => [it.key, it.ns.toSorted()]));
  const data = hops.map(({ key, role }) => {
    const sorted = byKey.get(key) ?? new Float64Array(0);
    const value = [0.05, 0.25, 0.5, 0.75, 0.95].map((p) => rank(sorted, p));
    return { value, itemStyle: { color: color(role), borderColor: "var(--ink)", borderWidth: 1.2 } };
  });
  return {
    id,
    title: "How the times of each hop are spread",
    description: `${hops
      .map(
        ({ label }, i) =>
          `${label}: half of the traces between ${duration(data[i]?.value[1] ?? 0)} and ${duration(data[i]?.value[3] ?? 0)}.`,
      )
      .join(" ")} The scale is logarithmic.`,
    height: 34 + hops.length * 26,
    option: {
      grid: { left: labelRoom, right: 40, top: 4, bottom: 28 },
      xAxis: timeAxis({ type: "log" }),
      yAxis: nameAxis(hops.map((it) => it.label)),
      series: [{ type: "boxplot", boxWidth: [6, 14], silent: true, data }],
    },
  };
}

function rank(sorted: Float64Array, p: number): number {
  return sorted[Math.max(Math.ceil(p * sorted.length) - 1, 0)] ?? 0;
}

/** How many of 100 traces take no longer than so long, for each set. */
export function cumulativePicture(id: string, sets: { name: string; totals: Float64Array }[]): Picture {
  const styles = ["solid", "dashed"];
  const curves = sets.map(({ totals }) => {
    const sorted = totals.toSorted();
    const steps = Math.min(sorted.length, 200);
    return Array.from({ length: steps + 1 }, (_, i) => [rank(sorted, i / steps), (i / steps) * 100]);
  });
  return {
    id,
    title: "Share of traces that took at most this long, end to end",
    description: sets
      .map(({ name, totals }) => {
        const sorted = totals.toSorted();
        return `${name}: half of the traces within ${duration(rank(sorted, 0.5))}, 99 of 100 within ${duration(rank(sorted, 0.99))}.`;
      })
      .join(" "),
    height: 260,
    option: {
      grid: { left: 60, right: 60, top: 12, bottom: 30 },
      xAxis: timeAxis({ min: 0 }),
      yAxis: {
        type: "value",
        max: 100,
        axisLabel: { ...soft, formatter: (it: number) => `${it} %` },
        splitLine: { lineStyle: { color: "var(--line)" } },
      },
      series: curves.map((data, i) => ({
        type: "line",
        step: "end",
        symbol: "none",
        silent: true,
        lineStyle: { color: i === 0 ? "var(--ink)" : "var(--proxy)", width: 2, type: styles[i % 2] },
        endLabel: {
          show: sets.length > 1,
          formatter: () => printable(sets[i]?.name ?? "").slice(0, 6),
          color: "var(--ink)",
        },
        data,
      })),
    },
  };
}
