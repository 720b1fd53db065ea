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
import { fetchSelection } from "./fetch.ts";
import { FetchSet } from "./fetch-set.tsx";
import { KeptList } from "./kept-list.tsx";
import type { Selection } from "./kept-selections.ts";
import { ModesRun } from "./modes-run.tsx";
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
  const isHere = (number: number | undefined) => sets.value.some((it) => it.number === number);
  const choose = (selection: Selection) => change(isHere(a) ? "b" : "a", `${fetchSelection(selection)}`);
  return (
    <>
      <h2>Compare</h2>
      <p>
        Two sets of traces: where does their time differ, and is it more than noise? One set alone says whose
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
      {isServed && (
        <>
          <FetchSet onSelection={choose} />
          <KeptList onFetch={choose} />
        </>
      )}
      <Result a={a} b={b} by={by} />
      {isServed && <ModesRun />}
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
  const chosen = sets.value.filter((it) => it.number === a || it.number === b);
  const failed = chosen.flatMap(({ name, state }) => (state.kind === "failed" ? [{ name, ...state }] : []));
  if (failed.length > 0) {
    return failed.map(({ name, message, hint }) => (
      <Failure key={name} title={`${name} cannot be compared`}>
        <p class="foreign">{message}</p>
        <p class="foreign">{hint}</p>
      </Failure>
    ));
  }
  const reading = chosen.find((it) => it.state.kind === "reading");
  if (reading !== undefined) {
    return (
      <p role="status" class="foreign">
        Reading {reading.name}…
      </p>
    );
  }
  if (!isComplete) {
    return (
      <Empty title={a === undefined ? "Choose a set A" : "A set is no longer here"}>
        <p>
          Drop files with traces anywhere on this page{isServed ? ", or fetch traces of the mesh above" : ""},
          then choose what is A, and what is B.
        </p>
        {isServed && (
          <p>
            An exercise that you have passed offers its first verdict's traces and its last one's as A and B,
            and the run below those past the proxies and past none.
          </p>
        )}
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
