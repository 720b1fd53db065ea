import { useEffect, useState } from "preact/hooks";
import { ask } from "../analysis/analyst.ts";
import { setOf } from "../drop/sets.ts";
import { Failure } from "../shell/notice.tsx";
import { hashOf } from "../shell/route.ts";
import type { Opened } from "./open-served.ts";
import { failureOf, openServed } from "./open-served.ts";
import { TraceLogs } from "./trace-logs.tsx";
import { TracePage } from "./trace-page.tsx";

interface OpenedTraceProps {
  readonly traceId: string;
  /** The set that it is of; undefined for one of the mesh. */
  readonly setNumber: number | undefined;
  /** The ids of spans to begin with, with commas between them: those that show what a verdict or the map said. */
  readonly spans: string;
}

/** What became of opening the trace; undefined while it is on its way. */
type Outcome = Opened | { readonly failure: string; readonly hint: string } | undefined;

/** One trace, of the mesh or of a set. */
export function OpenedTrace({ traceId, setNumber, spans }: OpenedTraceProps) {
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    const abort = new AbortController();
    setOutcome(undefined);
    const opening =
      setNumber === undefined ? openServed(traceId, abort.signal) : openOfSet(setNumber, traceId);
    opening.then(
      (it) => !abort.signal.aborted && setOutcome(it),
      (error: unknown) => !abort.signal.aborted && setOutcome(failureOf(error)),
    );
    return () => abort.abort();
  }, [traceId, setNumber]);
  const back = setNumber === undefined ? new URLSearchParams() : new URLSearchParams({ set: `${setNumber}` });
  return (
    <>
      <p>
        <a href={hashOf("traces", [], back)}>← All traces{setNumber === undefined ? "" : " of the file"}</a>
      </p>
      {outcome === undefined ? (
        <p class="soft" role="status">
          Reading the trace…
        </p>
      ) : "failure" in outcome ? (
        <Failure title="The trace cannot be shown">
          <p class="foreign">{outcome.failure}</p>
          <p class="foreign">{outcome.hint}</p>
        </Failure>
      ) : (
        <TracePage {...outcome} hasLink={setNumber === undefined} spans={spans}>
          {setNumber === undefined && <TraceLogs traceId={traceId} />}
        </TracePage>
      )}
    </>
  );
}

async function openOfSet(setNumber: number, traceId: string): Promise<Opened> {
  const set = setOf(setNumber);
  if (set?.state.kind !== "read") {
    throw new Error("these traces are no longer here: drop the file again, as nothing of it is kept");
  }
  return { view: await ask("openOfSet", [set.state.summary.setId, traceId]), viewers: [], notes: [] };
}
