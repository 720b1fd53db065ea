import "./traces.css";
import { sets } from "../drop/sets.ts";
import { isServed } from "../shell/build-kind.ts";
import type { Route } from "../shell/route.ts";
import { hashOf } from "../shell/route.ts";
import { LiveList } from "./live-list.tsx";
import { OpenedTrace } from "./opened-trace.tsx";
import { OpenFiles, SetList } from "./set-list.tsx";

/** The place Traces: the mesh's as they come, those of dropped files, and one of them. */
export function TracesPlace({ route: { path, query } }: { readonly route: Route }) {
  const [traceId] = path;
  const setNumber = Number(query.get("set")) || undefined;
  if (traceId !== undefined) {
    return <OpenedTrace traceId={traceId} setNumber={setNumber} spans={query.get("spans") ?? ""} />;
  }
  return (
    <>
      <h2>Traces</h2>
      <nav class="sources" aria-label="Where traces come from">
        {isServed && (
          <a href={hashOf("traces")} aria-current={setNumber === undefined ? "page" : undefined}>
            The mesh
          </a>
        )}
        {sets.value.map(({ number, name }) => (
          <a
            key={number}
            class="foreign"
            href={hashOf("traces", [], new URLSearchParams({ set: `${number}` }))}
            aria-current={number === setNumber ? "page" : undefined}
          >
            {name}
          </a>
        ))}
        <OpenFiles />
      </nav>
      {setNumber !== undefined ? (
        <SetList number={setNumber} query={query} />
      ) : isServed ? (
        <LiveList query={query} />
      ) : (
        <NothingDropped />
      )}
    </>
  );
}

function NothingDropped() {
  return (
    <div class="notice">
      <p>
        <strong>Drop a file with traces anywhere on this page</strong>, or open one with the button above.
      </p>
      <p>
        OTLP (JSON, JSON lines, protobuf), Tempo's and Jaeger's JSON and Zipkin v2 are told apart by what they
        hold, also when gzipped. Nothing of it is sent anywhere: this page cannot reach any server.
      </p>
    </div>
  );
}
