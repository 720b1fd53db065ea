import type { CheckVerdict, MissedItem, Verdict } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { useState } from "preact/hooks";
import { GradedTrace } from "./graded-trace.tsx";

/** What came of the last grading, by whomever it was made, and beside it a trace that it was graded by. */
export function VerdictView({ verdict }: { readonly verdict: Verdict }) {
  const { at, ok, checks } = verdict;
  const all = [...new Set(checks.flatMap((it) => [...it.missed.map((one) => one.traceId), ...it.traceIds]))];
  const traceIds = all.filter((it) => it !== "");
  const [chosen, setChosen] = useState<{ readonly of: string; readonly traceId: string }>();
  // Another verdict shows its own trace.
  const traceId = chosen?.of === at ? chosen.traceId : traceIds[0];
  const choose = (it: string) => setChosen({ of: at, traceId: it });
  const spanIds = checks
    .flatMap((it) => it.missed)
    .flatMap((it) => (it.traceId === traceId ? it.spanIds : []));
  return (
    <div class="verdict">
      <p class={ok ? "good" : "bad"}>
        <strong>{ok ? "✔ Passed" : "✘ Not yet"}</strong>{" "}
        <span class="soft">graded {new Date(at).toLocaleTimeString()}</span>
      </p>
      {checks.map((it) => (
        <Check key={it.name} check={it} shown={traceId} onTrace={choose} />
      ))}
      {traceId !== undefined && (
        <GradedTrace key={traceId} traceId={traceId} spanIds={[...new Set(spanIds)]} />
      )}
    </div>
  );
}

interface CheckProps {
  readonly check: CheckVerdict;
  /** The trace that is shown now. */
  readonly shown: string | undefined;
  readonly onTrace: (traceId: string) => void;
}

function Check({ check: { name, ok, met, of, missed, traceIds }, shown, onTrace }: CheckProps) {
  return (
    <section aria-label={name}>
      <h4>
        {ok ? "✔" : "✘"} {name}: {met} of {of} as expected
      </h4>
      <ul>
        {missed.map((item, i) => (
          <Missed key={`${item.expectation} ${i}`} item={item} shown={shown} onTrace={onTrace} />
        ))}
      </ul>
      {traceIds.length > 0 && (
        <p class="controls">
          Graded by{" "}
          {traceIds.map((it) => (
            <TraceButton key={it} traceId={it} shown={shown} onTrace={onTrace} />
          ))}
        </p>
      )}
    </section>
  );
}

interface MissedProps extends Omit<CheckProps, "check"> {
  readonly item: MissedItem;
}

function Missed({ item: { expectation, seen, faults, traceId }, shown, onTrace }: MissedProps) {
  return (
    <li>
      <p class="bad">✘ {expectation}</p>
      <p>Seen: {seen}</p>
      {faults.length > 0 && <p>Fault: {faults.join("; ")}</p>}
      {traceId !== "" && (
        <p>
          Seen in <TraceButton traceId={traceId} shown={shown} onTrace={onTrace} />
        </p>
      )}
    </li>
  );
}

interface TraceButtonProps extends Omit<CheckProps, "check"> {
  readonly traceId: string;
}

/** Shows a trace below. Eight digits of its id tell the traces of a verdict apart. */
function TraceButton({ traceId, shown, onTrace }: TraceButtonProps) {
  return (
    <button
      type="button"
      class="link"
      aria-pressed={traceId === shown}
      title={traceId}
      onClick={() => onTrace(traceId)}
    >
      trace {traceId.slice(0, 8)}
      {traceId === shown ? " ↓" : ""}
    </button>
  );
}
