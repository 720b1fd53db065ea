/** A way through the lab that passes some of its proxies. */
export interface Mode {
  readonly name: ModeName;
  /** How often a call passes a proxy. */
  readonly proxies: number;
  /** Whether the answer says which trace was begun; else the caller begins it. Only the edge tells. */
  readonly tellsTrace: boolean;
}

export const modeNames = ["baseline", "one", "all"] as const;
export type ModeName = (typeof modeNames)[number];

/** The modes, by what a call passes on its way; compose.modes.yaml adds the gateways of the first two. */
export const modes: readonly Mode[] = [
  { name: "baseline", proxies: 0, tellsTrace: false },
  { name: "one", proxies: 1, tellsTrace: false },
  { name: "all", proxies: 4, tellsTrace: true },
];

/** Spans of a call: two of the gateway's, one of the backend's, and two for each time that it passes a proxy. */
export function spansOf(mode: Mode): number {
  return 3 + 2 * mode.proxies;
}
