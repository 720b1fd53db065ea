import { percent, roleStyle } from "@envoy-mesh-lab/compare";
import { duration } from "@envoy-mesh-lab/trace";
import type { Share, Waterfall } from "../analysis/waterfall.ts";

/** Places beyond so many are reported in one line. */
const named = 8;

/** Whose time it is: by role as one bar, and by place as a list. */
export function TimeShares({ waterfall: { totalNs, shares } }: { readonly waterfall: Waterfall }) {
  const roles = [...Map.groupBy(shares, (it) => it.role)].map(([role, all]) => ({ role, ns: sumOf(all) }));
  const rest = shares.slice(named);
  return (
    <section class="shares">
      <h3>Whose time it is</h3>
      <p class="share-bar" aria-hidden="true">
        {roles.map(({ role, ns }) => (
          <span key={role} class={`path-bar ${role}`} style={{ flexGrow: ns }} title={role}>
            {ns > totalNs / 8 ? `${role} ${percent(ns / totalNs)}` : ""}
          </span>
        ))}
      </p>
      <ul class="legend">
        {roles.map(({ role, ns }) => (
          <li key={role}>
            <span class={`swatch ${role}`} aria-hidden="true" /> {roleStyle[role].mark} <b>{role}</b>{" "}
            {duration(ns)}, {percent(ns / (totalNs || 1))} <span class="soft">{roleStyle[role].words}</span>
          </li>
        ))}
      </ul>
      <ol class="places-list">
        {shares.slice(0, named).map((it) => (
          <li key={`${it.role} ${it.label}`} class="foreign">
            {roleStyle[it.role].mark} {it.label} {duration(it.ns)}
          </li>
        ))}
        {rest.length > 0 && (
          <li class="soft">
            {rest.length} more, {duration(sumOf(rest))}
          </li>
        )}
      </ol>
    </section>
  );
}

function sumOf(shares: readonly Share[]): number {
  return shares.reduce((sum, it) => sum + it.ns, 0);
}
