import { exploreUrl } from "@envoy-mesh-lab/mesh";

/** Which mesh or Tempo a command was told, to tell the same to the next. */
export interface Told {
  readonly projectName?: string;
  readonly tempo?: string;
}

/**
 * Where a person can look at a trace, as one line: in Grafana's Explore, or with the command that says what every span says.
 *
 * @param grafana base URL of the lab's Grafana; undefined where there is none. What Tempo itself answers is for programs.
 */
export function traceLink(
  grafana: string | undefined,
  traceId: string,
  { projectName, tempo }: Told = {},
): string {
  const told = [...(projectName ? [`-p ${projectName}`] : []), ...(tempo ? [`--tempo ${tempo}`] : [])];
  return grafana === undefined
    ? `with: ${["npm run lab -- trace", traceId, "--attributes", ...told].join(" ")}`
    : `in Grafana: ${exploreUrl(grafana, traceId)}`;
}
