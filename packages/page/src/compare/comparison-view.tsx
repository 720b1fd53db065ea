import type { CompareReport } from "@envoy-mesh-lab/compare";
import { interval, percent, roleStyle, signed } from "@envoy-mesh-lab/compare";
import { duration } from "@envoy-mesh-lab/trace";
import type { Comparison } from "../analysis/compare-sets.ts";
import { shown } from "../analysis/shown.ts";
import { Curves } from "./curves.tsx";
import { NumberHeads } from "./number-heads.tsx";
import { scrollable } from "./scrollable.ts";
import { SpreadTable } from "./spread-table.tsx";

/** All that compare tells of one set or two. */
export function ComparisonView({ comparison }: { readonly comparison: Comparison }) {
  const { report, curves, spreads } = comparison;
  const { a, b, differences, groups } = report;
  return (
    <>
      <p role="status" class="foreign">
        A: {shown(a.source)}, {a.traces} {a.traces === 1 ? "trace" : "traces"}
        {b && `; B: ${shown(b.source)}, ${b.traces} ${b.traces === 1 ? "trace" : "traces"}`}
      </p>
      {differences !== undefined && <Differences differences={differences} />}
      {report.structure !== undefined && <StructureDiff structure={report.structure} />}
      <Lines title={b ? "A: each hop" : "Each hop"} figures={a} />
      {b && <Lines title="B: each hop" figures={b} />}
      {groups?.slice(0, 12).map((it) => (
        <Lines key={it.value} title={`${report.by} = ${shown(it.value)}`} figures={it} />
      ))}
      <Curves curves={curves} />
      <SpreadTable spreads={spreads} />
    </>
  );
}

const verdicts = {
  slower: "▲ slower",
  faster: "▼ faster",
  noise: "· no more than noise",
  unknown: "? too few traces to tell",
} as const;

function Differences({ differences }: { readonly differences: NonNullable<CompareReport["differences"]> }) {
  const largest = Math.max(...differences.map((it) => Math.abs(it.difference.value)), 1);
  return (
    <div class="scroll" {...scrollable}>
      <table class="figures">
        <caption>
          B minus A, means of a trace. The verdict holds each line against the largest of all by chance (5 %
          in all).
        </caption>
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">Hop</th>
            <NumberHeads of={["A", "B", "B − A", "95 % interval", "p"]} />
            <th scope="col">Verdict</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((it) => (
            <tr key={`${it.of} ${it.key}`} class={it.verdict === "noise" ? "soft" : ""}>
              <td>
                {it.role === undefined || it.of === "total" ? "" : `${roleStyle[it.role].mark} ${it.role}`}
              </td>
              <th scope="row" class="foreign">
                {it.of === "role" ? `all ${it.label}` : shown(it.label)}
              </th>
              <td class="number">{duration(it.a)}</td>
              <td class="number">{duration(it.b)}</td>
              <td class="number">
                {signed(it.difference.value)}
                <span class="difference" aria-hidden="true">
                  <span
                    class={it.difference.value > 0 ? "more" : "less"}
                    style={{ width: `${(Math.abs(it.difference.value) / largest) * 100}%` }}
                  />
                </span>
              </td>
              <td class="number">{interval(it.difference)}</td>
              <td class="number">{it.p?.toFixed(3) ?? ""}</td>
              <td>{verdicts[it.verdict]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function StructureDiff({ structure }: { readonly structure: NonNullable<CompareReport["structure"]> }) {
  const { onlyInA, onlyInB, moved } = structure;
  const below = (parties: readonly string[]) => parties.map((it) => shown(it) || "nothing").join(", ");
  const lines = [
    ...onlyInA.map((it) => ({
      mark: "−",
      kind: "removed",
      text: `${shown(it.party)}, below ${below(it.below)}`,
    })),
    ...onlyInB.map((it) => ({
      mark: "+",
      kind: "added",
      text: `${shown(it.party)}, below ${below(it.below)}`,
    })),
    ...moved.map((it) => ({
      mark: "~",
      kind: "moved",
      text: `${shown(it.party)}: below ${below(it.from)} in A only, below ${below(it.to)} in B only`,
    })),
  ];
  return (
    <section>
      <h3>Structures: what stands below what</h3>
      {lines.length === 0 ? (
        <p>✔ The same on both sides.</p>
      ) : (
        <ul class="structure">
          {lines.map((it) => (
            <li key={it.text} class={`foreign ${it.kind}`}>
              <b aria-hidden="true">{it.mark}</b> <span class="unseen">{it.kind}: </span>
              {it.text}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Lines({
  title,
  figures,
}: {
  readonly title: string;
  readonly figures: Pick<CompareReport["a"], "total" | "hops" | "roles">;
}) {
  const { total, roles, hops } = figures;
  const rows = [
    { key: "total", role: undefined, label: "end to end", ...total },
    ...roles.map((it) => ({ ...it, label: `all ${it.role}` })),
    ...hops,
  ];
  return (
    <div class="scroll" {...scrollable}>
      <table class="figures">
        <caption class="foreign">{title}</caption>
        <thead>
          <tr>
            <th scope="col">Role</th>
            <th scope="col">Hop</th>
            <NumberHeads of={["n", "Mean", "95 % interval", "p50", "p90", "p99", "Share"]} />
          </tr>
        </thead>
        <tbody>
          {rows.map((it) => (
            <tr key={`${it.label} ${it.key}`}>
              <td>{it.role === undefined ? "" : `${roleStyle[it.role].mark} ${it.role}`}</td>
              <th scope="row" class="foreign">
                {shown(it.label)}
              </th>
              <td class="number">{it.count}</td>
              <td class="number">{duration(it.mean.value)}</td>
              <td class="number">{interval(it.mean)}</td>
              <td class="number">{duration(it.p50.value)}</td>
              <td class="number">{duration(it.p90.value)}</td>
              <td class="number">{duration(it.p99.value)}</td>
              <td class="number">{percent(it.share.value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
