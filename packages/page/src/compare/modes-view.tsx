import type { ModesFigures } from "@envoy-mesh-lab/compare";
import { roleStyle } from "@envoy-mesh-lab/compare";
import { duration } from "@envoy-mesh-lab/trace";
import { shown } from "../analysis/shown.ts";
import { NumberHeads } from "./number-heads.tsx";
import { scrollable } from "./scrollable.ts";

/** A figure with its interval, in milliseconds. */
type Estimate = ModesFigures["modes"][number]["clockMs"];

interface ModesViewProps {
  readonly figures: ModesFigures;
  /** Whether the spans were not read yet. */
  readonly isClockAlone: boolean;
}

/** What a run over the modes tells: what a call takes in each, what the proxies cost, and where. */
export function ModesView({ figures: { rounds, modes, costs }, isClockAlone }: ModesViewProps) {
  const largest = Math.max(...modes.map((it) => it.clockMs.high ?? it.clockMs.value), 0.001);
  const hops = [...new Set(modes.toReversed().flatMap((it) => it.parts.map((part) => part.name)))];
  const roleOf = (hop: string) => modes.flatMap((it) => it.parts).find((it) => it.name === hop)?.role;
  return (
    <>
      <div class="scroll" {...scrollable}>
        <table class="figures">
          <caption>
            What a call takes, and what it costs more than past no proxy: medians of {rounds}{" "}
            {rounds === 1 ? "round" : "rounds"}
          </caption>
          <thead>
            <tr>
              <th scope="col">Mode</th>
              <NumberHeads of={["Proxies", "Client's clock", "Spans", "Costs more", "For each proxy"]} />
              <th scope="col">
                <span class="unseen">drawn</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {modes.map((it) => {
              const cost = costs.find(({ mode }) => mode === it.mode);
              return (
                <tr key={it.mode}>
                  <th scope="row">{it.mode}</th>
                  <td class="number">{it.proxies}</td>
                  <td class="number">{ranged(it.clockMs)}</td>
                  <td class="number">{isClockAlone ? "" : ranged(it.spansMs)}</td>
                  <td class="number">{ranged(cost?.clockMs)}</td>
                  <td class="number">{ranged(cost?.perProxy.clockMs)}</td>
                  <td class="box-cell" aria-hidden="true">
                    <Bar of={it.clockMs} largest={largest} />
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {!isClockAlone && (
        <div class="scroll" {...scrollable}>
          <table class="figures">
            <caption>Each hop, from the spans</caption>
            <thead>
              <tr>
                <th scope="col">Role</th>
                <th scope="col">Hop</th>
                <NumberHeads of={modes.map((it) => it.mode)} />
              </tr>
            </thead>
            <tbody>
              {hops.map((hop) => {
                const role = roleOf(hop);
                return (
                  <tr key={hop}>
                    <td>{role === undefined ? "" : `${roleStyle[role].mark} ${role}`}</td>
                    <th scope="row" class="foreign">
                      {shown(hop)}
                    </th>
                    {modes.map((it) => (
                      <td key={it.mode} class="number">
                        {ranged(it.parts.find(({ name }) => name === hop)?.ms) || "–"}
                      </td>
                    ))}
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

/** A figure and between what it lies, in the units of the command line. */
function ranged(it: Estimate | undefined): string {
  if (it === undefined) return "";
  const words = (ms: number | undefined) => (ms === undefined ? "?" : duration(ms * 1e6));
  return `${words(it.value)} [${words(it.low)}, ${words(it.high)}]`;
}

function Bar({
  of: { value, low = value, high = value },
  largest,
}: {
  readonly of: Estimate;
  readonly largest: number;
}) {
  const share = (ms: number) => `${(Math.max(ms, 0) / largest) * 100}%`;
  return (
    <>
      <span class="box" style={{ left: "0", width: share(value) }} />
      <span class="whisker" style={{ left: share(low), width: share(high - low) }} />
    </>
  );
}
