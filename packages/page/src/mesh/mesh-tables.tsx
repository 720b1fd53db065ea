import type { Mesh } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { duration } from "@envoy-mesh-lab/trace";
import { hashOf } from "../shell/route.ts";
import { conditionOf, orderedEdges, perSecond, roleWords } from "./shown-mesh.ts";

/** What the map says, as tables: for screen readers, and for whoever reads numbers. */
export function MeshTables({ mesh }: { readonly mesh: Mesh }) {
  return (
    <>
      <h3 id="ways">Ways</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1) */}
      <section class="scrolls" tabIndex={0} aria-labelledby="ways">
        <table>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">To</th>
              <th scope="col">Calls</th>
              <th scope="col">p50</th>
              <th scope="col">p99</th>
              <th scope="col">Failed</th>
              <th scope="col">Proxies</th>
              <th scope="col">Apps</th>
              <th scope="col">Other</th>
              <th scope="col">Findings</th>
            </tr>
          </thead>
          <tbody>
            {orderedEdges(mesh).map(({ from, to, telemetry, flow, findings }) => (
              <tr key={`${from} ${to}`}>
                <th scope="row">
                  <a href={hashOf("mesh", [from, to])}>{from}</a>
                </th>
                <td>{to}</td>
                {flow === undefined ? (
                  <td colSpan={7} class="soft">
                    {telemetry ? "traces go this way" : "no call seen"}
                  </td>
                ) : (
                  <>
                    <td>{perSecond(flow.callsPerSecond)}</td>
                    <td>{duration(flow.p50Ns)}</td>
                    <td>{duration(flow.p99Ns)}</td>
                    <td>{flow.errors === 0 ? "none" : `✖ ${flow.errors} of ${flow.calls}`}</td>
                    <td>{duration(flow.proxyNs)}</td>
                    <td>{duration(flow.appNs)}</td>
                    <td>{duration(flow.otherNs)}</td>
                  </>
                )}
                <td>{findings.map((it) => it.code).join(", ") || "none"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <h3 id="parts">Parts</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by the keyboard (WCAG 2.1.1) */}
      <section class="scrolls" tabIndex={0} aria-labelledby="parts">
        <table>
          <thead>
            <tr>
              <th scope="col">Part</th>
              <th scope="col">Role</th>
              <th scope="col">State</th>
              <th scope="col">Version</th>
              <th scope="col">Beside</th>
            </tr>
          </thead>
          <tbody>
            {mesh.parts.map((it) => (
              <tr key={it.name}>
                <th scope="row">
                  <a href={hashOf("mesh", [it.name])}>{it.name}</a>
                </th>
                <td>{roleWords[it.role]}</td>
                <td>
                  {conditionOf(it).sign} {it.state}
                </td>
                <td>
                  {it.program} {it.version}
                </td>
                <td>{it.workload}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}
