import { duration } from "@envoy-mesh-lab/trace";
import type { Curve } from "../analysis/compare-sets.ts";

const width = 640;
const height = 220;
const left = 50;
const bottom = 26;

/** How many of 100 traces take no longer than so long: one line for each set. */
export function Curves({ curves }: { readonly curves: readonly Curve[] }) {
  const longest = Math.max(...curves.flatMap((it) => it.points.map(([ns]) => ns)), 1);
  const x = (ns: number) => left + (ns / longest) * (width - left - 10);
  const y = (percent: number) => 8 + (1 - percent / 100) * (height - bottom - 8);
  const names = ["A", "B"];
  const half = (curve: Curve) => curve.points[Math.floor(curve.points.length / 2)]?.[0] ?? 0;
  return (
    <figure>
      <svg
        class="curves"
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={`Traces that take no longer than so long. ${curves.map((it, i) => `${names[i]}: half of them within ${duration(half(it))}.`).join(" ")}`}
      >
        {[0, 50, 100].map((it) => (
          <g key={it}>
            <line x1={left} x2={width - 10} y1={y(it)} y2={y(it)} />
            <text x={left - 6} y={y(it) + 4} text-anchor="end">
              {it} %
            </text>
          </g>
        ))}
        {[0, 0.5, 1].map((it) => (
          <text
            key={it}
            x={x(longest * it)}
            y={height - 6}
            text-anchor={it === 1 ? "end" : it === 0 ? "start" : "middle"}
          >
            {duration(longest * it)}
          </text>
        ))}
        {curves.map(({ points }, i) => (
          <polyline
            key={names[i]}
            class={i === 0 ? "of-a" : "of-b"}
            points={points.map(([ns, percent]) => `${x(ns)},${y(percent)}`).join(" ")}
          />
        ))}
      </svg>
      <figcaption>
        Percent of the traces that took at most this long, end to end: A is the whole line
        {curves.length > 1 ? ", B the dashed one" : ""}.
      </figcaption>
    </figure>
  );
}
