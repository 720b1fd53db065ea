import "../traces/traces.css";
import "./compare.css";
import { useEffect, useState } from "preact/hooks";
import { ask } from "../analysis/analyst.ts";
import type { Comparison } from "../analysis/compare-sets.ts";
import { sets, wordsOf } from "../drop/sets.ts";
import { isServed } from "../shell/build-kind.ts";
import { Empty, Failure } from "../shell/notice.tsx";
import type { Route } from "../shell/route.ts";
import { hashOf } from "../shell/route.ts";
import { OpenFiles } from "../traces/set-list.tsx";
import { ComparisonView } from "./comparison-view.tsx";
import { FetchSet } from "./fetch-set.tsx";
import { SetChoice } from "./set-choice.tsx";

/** What became of comparing; undefined while it is under way. */
type Outcome = Comparison | { readonly message: string; readonly hint: string } | undefined;

/** The place Compare: two sets of traces, and how their time differs. */
export function ComparePlace({ route: { query } }: { readonly route: Route }) {
  const [a, b, by] = [
    Number(query.get("a")) || undefined,
    Number(query.get("b")) || undefined,
    query.get("by") ?? "",
  ];
  const change = (name: "a" | "b" | "by", value: string) => {
    const next = new URLSearchParams(query);
    if (value === "") next.delete(name);
    else next.set(name, value);
    location.hash = hashOf("compare", [], next);
  };
  return (
    <>
      <h2>Compare</h2>
      <p>
        Two sets of traces: where does their time differ, and is it more than noise? One set alone tells whose
        time it is. All of it is worked out in this browser.
      </p>
      <div class="filters">
        <SetChoice label="A, before" number={a} onNumber={(it) => change("a", it)} />
        <SetChoice label="B, after" number={b} onNumber={(it) => change("b", it)} />
        <label>
          Group A by
          <input
            placeholder="rpc.method"
            defaultValue={by}
            spellcheck={false}
            onChange={(event) => change("by", event.currentTarget.value.trim())}
          />
        </label>
        <OpenFiles />
      </div>
      {isServed && <FetchSet onSet={(number) => change(a === undefined ? "a" : "b", `${number}`)} />}
      <Result a={a} b={b} by={by} />
    </>
  );
}

function Result({
  a,
  b,
  by,
}: {
  readonly a: number | undefined;
  readonly b: number | undefined;
  readonly by: string;
}) {
  const idOf = (number: number | undefined) => {
    const state = sets.value.find((it) => it.number === number)?.state;
    return state?.kind === "read" ? state.summary.setId : undefined;
  };
  const [idA, idB] = [idOf(a), idOf(b)];
  const isComplete = idA !== undefined && (b === undefined || idB !== undefined);
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    setOutcome(undefined);
    if (!isComplete) return;
    let isWanted = true;
    ask("compare", [idA, idB, by === "" ? undefined : by]).then(
      (it) => isWanted && setOutcome(it),
      (error: unknown) => isWanted && setOutcome(wordsOf(error)),
    );
    return () => {
      isWanted = false;
    };
  }, [idA, idB, by, isComplete]);
  if (!isComplete) {
    return (
      <Empty title={a === undefined ? "Choose a set A" : "A set is not read yet, or no longer here"}>
        <p>
          Drop files with traces anywhere on this page{isServed ? ", or fetch traces of the mesh above" : ""},
          then choose what is A, and what is B.
        </p>
      </Empty>
    );
  }
  if (outcome === undefined) return <p role="status">Comparing…</p>;
  if ("message" in outcome) {
    return (
      <Failure title="These sets cannot be compared">
        <p class="foreign">{outcome.message}</p>
        <p class="foreign">{outcome.hint}</p>
      </Failure>
    );
  }
  return <ComparisonView comparison={outcome} />;
}
