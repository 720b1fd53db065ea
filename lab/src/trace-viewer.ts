/** What shows a trace to people, by its base URL. */
export type TraceViewer = { readonly name: "Grafana" | "Tempo"; readonly url: string };

/** The data source and the dashboard of the lab's Grafana, as grafana/ names them. */
export const grafanaUids = { tempo: "tempo", dashboard: "envoy-mesh-lab" } as const;

/** Where a trace is to be seen, as one line: Grafana's Explore, or what Tempo answers. */
export function traceLink({ name, url }: TraceViewer, traceId: string): string {
  return `in ${name}: ${traceUrl({ name, url }, traceId)}`;
}

/** The address of a trace: Grafana's Explore with the trace open, or what Tempo answers, which is JSON. */
export function traceUrl({ name, url }: TraceViewer, traceId: string): string {
  return name === "Grafana"
    ? String(exploreUrl(url, traceId))
    : String(new URL(`/api/traces/${traceId}`, url));
}

/**
 * Grafana 12 reads the state of Explore from `panes`, by ids of three letters or digits
 * (public/app/features/explore/hooks/useStateSync/migrators/v1.ts). A TraceQL query of hex digits only is a trace id to its
 * Tempo data source. The range of time does not limit that: the data source asks with one only if it is told to.
 */
function exploreUrl(url: string, traceId: string): URL {
  const datasource = grafanaUids.tempo;
  const query = {
    refId: "A",
    datasource: { type: "tempo", uid: datasource },
    queryType: "traceql",
    query: traceId,
  };
  const pane = { datasource, queries: [query], range: { from: "now-1h", to: "now" } };
  const explore = new URL("/explore", url);
  explore.search = String(
    new URLSearchParams({ schemaVersion: "1", panes: JSON.stringify({ lab: pane }), orgId: "1" }),
  );
  return explore;
}
