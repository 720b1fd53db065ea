import "./mesh.css";
import type { Mesh } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { useStream } from "../shell/follow.ts";
import { Empty, Failure } from "../shell/notice.tsx";
import type { Route } from "../shell/route.ts";
import { CallForm } from "./call-form.tsx";
import { EdgePanel } from "./edge-panel.tsx";
import { MapView } from "./map-view.tsx";
import { MeshTables } from "./mesh-tables.tsx";
import { PartPanel } from "./part-panel.tsx";
import { windowWords } from "./shown-mesh.ts";

const client = pageClient(MeshService);

/** The place Mesh: its map, live, and what one can look at and do there. `#/mesh/PART` shows a part, `#/mesh/FROM/TO` an edge. */
export function MeshPlace({ route }: { readonly route: Route }) {
  const [mesh, setMesh] = useState<Mesh>();
  const [failure, setFailure] = useState("");
  useStream("mesh", {
    open: (options) => client.watchMesh({}, options),
    onMessage: ({ mesh: it }) => setMesh(it),
    onState: (it) => setFailure(it?.rawMessage ?? ""),
  });
  return (
    <div class="mesh">
      <h2>Mesh</h2>
      {failure !== "" && (
        <Failure title="What is shown here stands still">
          <p>{failure}</p>
          <p>It goes on by itself when the page's server answers again.</p>
        </Failure>
      )}
      {mesh === undefined ? (
        <p class="soft">Asking how the mesh is…</p>
      ) : (
        <MeshView mesh={mesh} route={route} />
      )}
    </div>
  );
}

function MeshView({ mesh, route }: { readonly mesh: Mesh; readonly route: Route }) {
  const [name = "", to] = route.path;
  const part = to === undefined ? mesh.parts.find((it) => it.name === name) : undefined;
  const edge = mesh.edges.find((it) => it.from === name && it.to === to);
  const isUnknown = name !== "" && part === undefined && edge === undefined;
  return (
    <>
      {mesh.problems.map((it) => (
        <Failure key={it} title={it}>
          {null}
        </Failure>
      ))}
      {mesh.parts.length === 0 ? (
        <Empty title="There is no part to show">
          <p>
            <code>npm start</code> brings the lab's own mesh up; <code>lab up -f FILE</code> another one.
          </p>
        </Empty>
      ) : (
        <MapView mesh={mesh} selected={route.path} />
      )}
      <p class="soft figures">
        {windowWords(mesh)}
        {mesh.window?.found === 0 && " Make some calls with the form below, and they are on the map."}
      </p>
      {isUnknown && (
        <Empty title={`There is no ${to === undefined ? "part" : "way"} of that name`}>
          <p>It may have gone; choose another on the map.</p>
        </Empty>
      )}
      {part && <PartPanel key={part.name} part={part} noControl={mesh.noControl} />}
      {edge && <EdgePanel edge={edge} />}
      <CallForm />
      <MeshTables mesh={mesh} />
    </>
  );
}
