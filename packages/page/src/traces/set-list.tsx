import { useRef } from "preact/hooks";
import type { SetSummary } from "../analysis/trace-sets.ts";
import { openFiles } from "../drop/open-files.ts";
import { removeSet, setOf } from "../drop/sets.ts";
import { Failure } from "../shell/notice.tsx";
import { hashOf } from "../shell/route.ts";
import { hasFinding } from "./filters.ts";
import { TraceTable } from "./trace-table.tsx";

/** The traces of dropped files. */
export function SetList({ number, query }: { readonly number: number; readonly query: URLSearchParams }) {
  const set = setOf(number);
  if (set === undefined) {
    return (
      <Failure title="These traces are no longer here">
        <p>Drop the file again: nothing of it is kept when the page is loaded anew.</p>
      </Failure>
    );
  }
  const { name, lines, state } = set;
  const finding = query.get("finding") ?? "";
  const chosen = lines.filter((it) => hasFinding(it.findings, finding));
  const here = (finding: string) =>
    hashOf("traces", [], new URLSearchParams({ set: `${number}`, ...(finding ? { finding } : {}) }));
  return (
    <>
      {state.kind === "failed" && (
        <Failure title={`${name} cannot be read`}>
          <p class="foreign">{state.message}</p>
          <p class="foreign">{state.hint}</p>
        </Failure>
      )}
      {state.kind === "reading" && (
        <p role="status">
          <label>
            Reading {name}: {megabytes(state.bytes)} of {megabytes(state.ofBytes)}{" "}
            <progress value={state.bytes} max={state.ofBytes || 1} />
          </label>
        </p>
      )}
      {state.kind === "read" && <Summary summary={state.summary} />}
      <p class="actions">
        <a class="button" href={here("any")} aria-current={finding === "any" ? "true" : undefined}>
          Only those with findings
        </a>
        <a class="button" href={here("")} aria-current={finding === "" ? "true" : undefined}>
          All of them
        </a>
        <a class="button" href={hashOf("compare", [], new URLSearchParams({ a: `${number}` }))}>
          Whose time is it?
        </a>
        <button
          type="button"
          onClick={() => {
            removeSet(number);
            location.hash = hashOf("traces");
          }}
        >
          Forget it
        </button>
      </p>
      {chosen.length > 0 && (
        <TraceTable
          label={`Traces of ${name}`}
          lines={chosen}
          hrefOf={(id) => hashOf("traces", [id], new URLSearchParams({ set: `${number}` }))}
        />
      )}
      {chosen.length === 0 && state.kind === "read" && <p>✔ None of its traces has a finding.</p>}
    </>
  );
}

function Summary({ summary: { traces, spans, clean, notices } }: { readonly summary: SetSummary }) {
  return (
    <div role="status">
      <p>
        {traces} {traces === 1 ? "trace" : "traces"}, {spans} spans;{" "}
        {clean === traces ? "nothing is wrong in any." : `${traces - clean} with findings.`} Nothing of it was
        sent anywhere.
      </p>
      {notices.map((it) => (
        <p key={it} class="foreign soft">
          ℹ {it}
        </p>
      ))}
    </div>
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** Opens files without a drag: for the keyboard, and for phones. */
export function OpenFiles() {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" onClick={() => input.current?.click()}>
        Open a file…
      </button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files with traces"
        onChange={(event) => {
          openFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}
