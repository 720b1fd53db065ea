import { useEffect, useState } from "preact/hooks";
import { isVisible } from "../shell/follow.ts";
import { Empty, Failure } from "../shell/notice.tsx";
import { hashOf } from "../shell/route.ts";
import { FilterForm } from "./filter-form.tsx";
import { filtersOf, hasFinding, queryOf, toTraceQl } from "./filters.ts";
import { liveState, liveTraces, watch } from "./live.ts";
import { TraceTable } from "./trace-table.tsx";

/** The mesh's traces as they come in, the newest first. */
export function LiveList({ query }: { readonly query: URLSearchParams }) {
  const filters = filtersOf(query);
  const [wrong, setWrong] = useState<string>();
  const traceQl = traceQlOf(filters);
  const isShown = isVisible.value;
  useEffect(() => {
    setWrong("wrong" in traceQl ? traceQl.wrong : undefined);
    if ("wrong" in traceQl || !isShown) return;
    const abort = new AbortController();
    void watch(traceQl.text, abort.signal);
    return () => abort.abort();
  }, ["wrong" in traceQl ? traceQl.wrong : traceQl.text, isShown]);
  const all = liveTraces.value;
  const lines = all.filter((it) => hasFinding(it.findings, filters.finding));
  const state = liveState.value;
  return (
    <>
      <FilterForm
        key={query.toString()}
        filters={filters}
        onFilters={(it) => {
          location.hash = hashOf("traces", [], queryOf(it));
        }}
      />
      {wrong !== undefined && (
        <Failure title="This filter cannot be used">
          <p class="foreign">{wrong}</p>
        </Failure>
      )}
      {wrong === undefined && state.kind === "failed" && (
        <Failure title="The list is not up to date">
          <p class="foreign">{state.message}</p>
          <p>It is tried again every few seconds, unless the query itself is wrong.</p>
        </Failure>
      )}
      <p class="soft" role="status">
        {state.kind === "connecting"
          ? "Asking for the traces…"
          : `${lines.length} of the newest ${all.length} traces${state.kind === "live" ? ", more as they come" : ""}`}
        {"text" in traceQl && traceQl.text !== "{}" && (
          <>
            , by <code class="foreign">{traceQl.text}</code>
          </>
        )}
      </p>
      {lines.length > 0 ? (
        <TraceTable label="Traces of the mesh" lines={lines} hrefOf={(id) => hashOf("traces", [id])} />
      ) : (
        state.kind === "live" && <NoTraces isFiltered={query.size > 0} />
      )}
    </>
  );
}

function traceQlOf(filters: ReturnType<typeof filtersOf>): { text: string } | { wrong: string } {
  try {
    return { text: toTraceQl(filters) };
  } catch (error) {
    return { wrong: (error as Error).message };
  }
}

function NoTraces({ isFiltered }: { readonly isFiltered: boolean }) {
  return (
    <Empty
      title={isFiltered ? "No trace of the last hour is like that" : "There is no trace of the last hour"}
    >
      <p>
        {isFiltered ? "Leave a filter out, or make" : "Make"} a call: <code>lab call</code> in a terminal, or
        the form of the mesh. It is here as soon as its spans are.
      </p>
    </Empty>
  );
}
