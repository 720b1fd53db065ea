import { useEffect, useState } from "preact/hooks";
import { Failure } from "../shell/notice.tsx";
import { hashOf } from "../shell/route.ts";
import type { Opened } from "../traces/open-served.ts";
import { failureOf, openServed } from "../traces/open-served.ts";
import { WaterfallView } from "../traces/waterfall-view.tsx";

interface GradedTraceProps {
  readonly traceId: string;
  /** The spans that show what is wrong. */
  readonly spanIds: readonly string[];
}

/** What became of opening it; undefined while it is on its way. */
type Outcome = Opened | { readonly failure: string; readonly hint: string } | undefined;

/** A trace that an exercise was graded by, with what is wrong in it lit. */
export function GradedTrace({ traceId, spanIds }: GradedTraceProps) {
  const [outcome, setOutcome] = useState<Outcome>();
  const [current, setCurrent] = useState<string>();
  useEffect(() => {
    const end = new AbortController();
    setOutcome(undefined);
    setCurrent(spanIds[0]);
    openServed(traceId, end.signal).then(
      (it) => !end.signal.aborted && setOutcome(it),
      (error: unknown) => !end.signal.aborted && setOutcome(failureOf(error)),
    );
    return () => end.abort();
  }, [traceId]);
  const query = new URLSearchParams(spanIds.length > 0 ? { spans: spanIds.join(",") } : {});
  return (
    <section class="graded" aria-label="The trace that it was graded by">
      <p>
        <a href={hashOf("traces", [traceId], query)}>Open trace {traceId}</a>
        {spanIds.length > 0 && "; what is wrong is marked ◀"}
      </p>
      {outcome === undefined ? (
        <p class="soft">Reading the trace…</p>
      ) : "failure" in outcome ? (
        <Failure title="The trace cannot be shown">
          <p class="foreign">{outcome.failure}</p>
          <p class="foreign">{outcome.hint}</p>
        </Failure>
      ) : (
        <WaterfallView
          waterfall={outcome.view.waterfall}
          current={current}
          onCurrent={setCurrent}
          lit={new Set(spanIds)}
        />
      )}
    </section>
  );
}
