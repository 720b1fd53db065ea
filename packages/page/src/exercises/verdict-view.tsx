import type { MissedItem, Verdict } from "@envoy-mesh-lab/proto/page/v1/exercises_pb.ts";
import { hashOf } from "../shell/route.ts";

/** What came of the last grading, by whomever it was made. */
export function VerdictView({ verdict }: { readonly verdict: Verdict }) {
  const { at, ok, checks } = verdict;
  return (
    <div class="verdict">
      <p class={ok ? "good" : "bad"}>
        <strong>{ok ? "✔ Passed" : "✘ Not yet"}</strong>{" "}
        <span class="soft">graded {new Date(at).toLocaleTimeString()}</span>
      </p>
      {checks.map((it) => (
        <section key={it.name} aria-label={it.name}>
          <h4>
            {it.ok ? "✔" : "✘"} {it.name}: {it.met} of {it.of} as expected
          </h4>
          <ul>
            {it.missed.map((item, i) => (
              <Missed key={`${item.expectation} ${i}`} item={item} />
            ))}
          </ul>
          {it.traceIds.length > 0 && (
            <p>
              Graded by{" "}
              {it.traceIds.map((id) => (
                <span key={id}>
                  <TraceLink
                    id={id}
                    spanIds={it.missed.filter((one) => one.traceId === id).flatMap((one) => one.spanIds)}
                  />{" "}
                </span>
              ))}
            </p>
          )}
        </section>
      ))}
    </div>
  );
}

function Missed({ item }: { readonly item: MissedItem }) {
  const { expectation, seen, faults, spanIds, traceId } = item;
  return (
    <li>
      <p class="bad">✘ {expectation}</p>
      <p>Seen: {seen}</p>
      {faults.length > 0 && <p>Fault: {faults.join("; ")}</p>}
      {traceId !== "" && (
        <p>
          <TraceLink id={traceId} spanIds={spanIds} />{" "}
          {spanIds.length > 0 && "shows it, with the wrong edge lit"}
        </p>
      )}
    </li>
  );
}

function TraceLink({ id, spanIds }: { readonly id: string; readonly spanIds: readonly string[] }) {
  const query = new URLSearchParams(spanIds.length > 0 ? { spans: [...new Set(spanIds)].join(",") } : {});
  return <a href={hashOf("traces", [id], query)}>trace {id}</a>;
}
