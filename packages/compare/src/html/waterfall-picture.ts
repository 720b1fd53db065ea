import { duration } from "@envoy-mesh-lab/trace";
import { color, ink, labelRoom, nameAxis, soft, timeAxis } from "./pictures.ts";
import type { Picture } from "./svg.ts";
import type { WaterfallRow } from "./waterfall.ts";

/** A trace as bars on one time line, applications and proxies told apart by colour and by a mark before the name. */
export function waterfallPicture(
  id: string,
  traceId: string,
  rows: WaterfallRow[],
  totalNs: number,
): Picture {
  const name = ({ depth, role, label }: WaterfallRow) =>
    `${role === "proxy" ? "○" : "●"} ${"  ".repeat(Math.min(depth, 12))}${label}`;
  const bars = (role: WaterfallRow["role"]) => ({
    type: "bar",
    stack: "time",
    barWidth: 14,
    silent: true,
    itemStyle: { color: color(role), borderRadius: 2 },
    data: rows.map((it) => (it.role === role ? Math.max(it.duration, totalNs / 600) : 0)),
  });
  const end = Math.max(totalNs, ...rows.map((it) => it.from + it.duration));
  const begin = Math.min(0, ...rows.map((it) => it.from));
  return {
    id,
    title: `Trace ${traceId}`,
    description: `${rows.length} spans below each other; ${rows.filter((it) => it.role === "proxy").length} of them are made by proxies. The table below has their times.`,
    height: 34 + rows.length * 22,
    option: {
      grid: { left: labelRoom, right: 170, top: 4, bottom: 28 },
      xAxis: timeAxis({ min: begin, max: end }),
      yAxis: [
        {
          ...nameAxis(rows.map(name)),
          axisLabel: { ...ink, interval: 0, align: "left", margin: labelRoom - 6, fontSize: 12 },
        },
        {
          ...nameAxis(
            rows.map((it) => `${duration(it.duration)}${it.own > 0 ? `, own ${duration(it.own)}` : ""}`),
          ),
          position: "right",
          axisLabel: { ...soft, interval: 0 },
        },
      ],
      series: [
        {
          type: "bar",
          stack: "time",
          barWidth: 14,
          silent: true,
          itemStyle: { color: "transparent" },
          data: rows.map((it) => it.from),
        },
        bars("app"),
        bars("proxy"),
        // The second axis is drawn only when a series uses it.
        { type: "bar", yAxisIndex: 1, silent: true, data: [] },
      ],
    },
  };
}
