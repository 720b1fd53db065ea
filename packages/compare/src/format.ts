import type { Color } from "@envoy-mesh-lab/trace";
import { duration } from "@envoy-mesh-lab/trace";
import type { HopRole } from "./hop.ts";
import { hopRoles } from "./hop.ts";
import type { Estimate } from "./statistics.ts";

/** How a role is told apart: by a mark (also without colours), an ANSI colour, and words. */
export const roleStyle: Record<
  HopRole,
  {
    mark: string;
    fill: string;
    color: Color;
    words: string;
  }
> = {
  app: { mark: "●", fill: "█", color: "green", words: "the applications' own work" },
  client: { mark: "◐", fill: "▓", color: "blue", words: "the client side of calls" },
  proxy: { mark: "○", fill: "▒", color: "cyan", words: "the proxies' own time" },
  network: { mark: "─", fill: "░", color: "yellow", words: "between two parties" },
  waiting: { mark: "◌", fill: "·", color: "gray", words: "calls to peers without spans" },
  mixed: { mark: "◍", fill: "▚", color: "magenta", words: "proxy and network in one span" },
  unknown: { mark: "?", fill: "?", color: "gray", words: "no span says whose" },
};

/** A share as `12.3 %`. */
export function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** A difference in time, with its sign: `+1.20 ms`. */
export function signed(ns: number): string {
  return `${ns > 0 ? "+" : ""}${duration(ns)}`;
}

/** An estimate's interval, `1.20 … 1.45 ms`; where a bound cannot be told, `?`. */
export function interval(estimate: Estimate, unit: (value: number) => string = duration): string {
  if (estimate.low === undefined && estimate.high === undefined) {
    return "";
  }
  const low = estimate.low === undefined ? "?" : unit(estimate.low);
  const high = estimate.high === undefined ? "?" : unit(estimate.high);
  const [, lowUnit] = low.split(" ");
  const [, highUnit] = high.split(" ");
  return `${lowUnit === highUnit ? low.split(" ")[0] : low} … ${high}`;
}

/** Roles in order, to be told in a legend. */
export function rolesIn(roles: Iterable<HopRole>): HopRole[] {
  const present = new Set(roles);
  return hopRoles.filter((it) => present.has(it));
}
