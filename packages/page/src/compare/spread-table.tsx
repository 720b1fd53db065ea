import { duration } from "@envoy-mesh-lab/trace";
import type { Spread } from "../analysis/compare-sets.ts";
import { shown } from "../analysis/shown.ts";

import { NumberHeads } from "./number-heads.tsx";
import { scrollable } from "./scrollable.ts";

const percentiles = [5, 25, 50, 75, 95];

/** How the times of each hop are spread over the traces in which it occurs. */
export function SpreadTable({ spreads }: { readonly spreads: readonly Spread[] }) {
  const largest = Math.max(...spreads.flatMap((it) => [...(it.a ?? []), ...(it.b ?? [])]), 1);
  const rows = spreads.flatMap(({ key, a, b }) => [
    ...(a ? [{ key, side: "A", values: a }] : []),
    ...(b ? [{ key, side: "B", values: b }] : []),
  ]);
  return (
    <details>
      <summary>How the times of each hop are spread</summary>
      <div class="scroll" {...scrollable}>
        <table class="figures">
          <caption>So many of 100 traces take no longer; the box holds the middle half.</caption>
          <thead>
            <tr>
              <th scope="col">Hop</th>
              <th scope="col">Set</th>
              <NumberHeads of={percentiles.map(String)} />
              <th scope="col">
                <span class="unseen">drawn</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, side, values }) => (
              <tr key={`${side} ${key}`}>
                <th scope="row" class="foreign">
                  {shown(key)}
                </th>
                <td>{side}</td>
                {values.map((it, i) => (
                  <td key={percentiles[i]} class="number">
                    {duration(it)}
                  </td>
                ))}
                <td class="box-cell" aria-hidden="true">
                  <Box values={values} largest={largest} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function Box({ values, largest }: { readonly values: readonly number[]; readonly largest: number }) {
  const [p5 = 0, p25 = 0, p50 = 0, p75 = 0, p95 = 0] = values.map((it) => (it / largest) * 100);
  return (
    <>
      <span class="whisker" style={{ left: `${p5}%`, width: `${p95 - p5}%` }} />
      <span class="box" style={{ left: `${p25}%`, width: `${p75 - p25}%` }} />
      <span class="median" style={{ left: `${p50}%` }} />
    </>
  );
}
