import { ExitCode, LabError, suggest } from "@envoy-mesh-lab/trace";

/** A way between two parts, on which the network can be bad. */
export interface Link {
  /** Who sends over it. */
  readonly from: string;
  readonly to: string;
  /** The port at which `to` is called. */
  readonly port: number;
}

/** The links that can be bad. */
export const links = {
  "edge-to-gateway-proxy": { from: "edge", to: "gateway-proxy", port: 15006 },
  "gateway-proxy-to-backend-proxy": { from: "gateway-proxy", to: "backend-proxy", port: 15106 },
  "backend-to-otel-collector": { from: "backend", to: "otel-collector", port: 4317 },
} as const satisfies Record<string, Link>;
export type LinkName = keyof typeof links;

/** The parts that have a machine of their own, whose clock can be wrong. */
export const machines = ["gateway", "backend"] as const;
export type Machine = (typeof machines)[number];

const parts = ["edge", "gateway-proxy", "gateway", "backend-proxy", "backend", "otel-collector", "tempo"];

/** All that can be named in a diagnosis. */
export const places: readonly string[] = [...parts, ...Object.keys(links)];

const otherNames: Readonly<Record<string, string>> = {
  collector: "otel-collector",
  otelcol: "otel-collector",
  "gateway-sidecar": "gateway-proxy",
  "backend-sidecar": "backend-proxy",
};

/**
 * The part or link that somebody means.
 *
 * @throws {LabError} (exit code `usage`) when it is none; it suggests what may be meant, whatever is wrong.
 */
export function findPlace(wanted: string): string {
  const word = wanted
    .trim()
    .toLowerCase()
    .replaceAll(/\s*(->|>|→)\s*/g, "-to-")
    .replaceAll(/[\s_]+/g, "-");
  const name = otherNames[word] ?? word;
  if (places.includes(name)) return name;
  const which = `the links are ${Object.keys(links).join(", ")}`;
  const isNetwork = /^(network|net|link|tcp)$/.test(word);
  throw new LabError(isNetwork ? `which link of the network?` : `there is no part or link "${wanted}"`, {
    exitCode: ExitCode.usage,
    hint: `${suggest(word, places)}${isNetwork ? which : `there are ${places.join(", ")}`}; this was not counted as a guess`,
  });
}
