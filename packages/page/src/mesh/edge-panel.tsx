import type { Edge } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { duration } from "@envoy-mesh-lab/trace";
import { hashOf } from "../shell/route.ts";
import { perSecond } from "./shown-mesh.ts";

/** What was seen on one way from one part to another, and what is wrong on it. */
export function EdgePanel({ edge }: { readonly edge: Edge }) {
  const { flow, findings } = edge;
  return (
    <section class="panel" aria-label={`From ${edge.from} to ${edge.to}`}>
      <h3>
        {edge.from} → {edge.to}
      </h3>
      {!edge.configured && <p>No file says that they call each other: this way was seen in traces only.</p>}
      {flow === undefined ? (
        <p>No call was seen on it. Make some with the form below.</p>
      ) : (
        <dl>
          <dt>Calls</dt>
          <dd>
            {perSecond(flow.callsPerSecond)}, {flow.calls} seen, {flow.errors} of them failed
          </dd>
          <dt>They took</dt>
          <dd>
            {duration(flow.p50Ns)} (p50), {duration(flow.p99Ns)} (p99)
          </dd>
          <dt>Whose time (median)</dt>
          <dd>
            proxies {duration(flow.proxyNs)}, apps {duration(flow.appNs)}, network and waiting{" "}
            {duration(flow.otherNs)}
          </dd>
        </dl>
      )}
      {findings.length === 0 ? (
        flow !== undefined && <p class="good">✔ Nothing is wrong on it in these traces.</p>
      ) : (
        <ul class="findings">
          {findings.map((it) => (
            <li key={`${it.code} ${it.edge}`} class={it.severity}>
              <p>
                <strong>
                  {it.severity === "note" ? "ℹ" : "✖"} {it.code}
                </strong>{" "}
                ({it.severity}) at {it.edge}, in {it.traces} {it.traces === 1 ? "trace" : "traces"}
              </p>
              <p>{it.evidence}</p>
              <p>What to change: {it.remedy}.</p>
              {it.traceId !== "" && (
                <p>
                  <a
                    href={hashOf(
                      "traces",
                      [it.traceId],
                      new URLSearchParams({ spans: it.spanIds.join(",") }),
                    )}
                  >
                    See it in trace {it.traceId}
                  </a>
                </p>
              )}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
