import type { Viewer } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { duration } from "@envoy-mesh-lab/trace";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { TraceView } from "../analysis/analysis.ts";
import { ask } from "../analysis/analyst.ts";
import type { Judgement } from "../analysis/judge.ts";
import { timeOf } from "../analysis/span-facts.ts";
import { wordsOf } from "../drop/sets.ts";
import { Failure } from "../shell/notice.tsx";
import { SpanPanel } from "./span-panel.tsx";
import { TimeShares } from "./time-shares.tsx";
import { VerdictView } from "./verdict-view.tsx";
import { makers, WaterfallView } from "./waterfall-view.tsx";

interface TracePageProps {
  readonly view: TraceView;
  /** Where else it can be looked at. */
  readonly viewers: readonly Viewer[];
  /** What is odd about how it came here. */
  readonly notes: readonly string[];
  /** Whether its address is one that works when the page is loaded anew. */
  readonly hasLink: boolean;
  /** The ids of spans that are lit to begin with, with commas between them. */
  readonly spans: string;
  /** What more there is to say of it, below the spans. */
  readonly children?: ComponentChildren;
}

/** One trace: its waterfall with the critical path, what check says of it, and all that its spans say. */
export function TracePage({ view, viewers, notes, hasLink, spans, children }: TracePageProps) {
  const { line, waterfall, quirks } = view;
  const judgement = useJudgement(view);
  const [current, setCurrent] = useState<string>();
  const [lit, setLit] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    const ids = spans.split(",").filter((it) => it !== "");
    setCurrent(ids[0]);
    setLit(new Set(ids));
  }, [view.line.traceId, spans]);
  const light = (spanIds: readonly string[]) => {
    setLit(new Set(spanIds));
    if (spanIds[0] !== undefined) setCurrent(spanIds[0]);
  };
  return (
    <article class="trace">
      <h2 class="foreign">{line.rpc || "A trace without a name"}</h2>
      <p class="foreign">
        <code>{line.traceId}</code>, {line.spans} {line.spans === 1 ? "span" : "spans"},{" "}
        {duration(Number(line.durationNs))}, {line.status === "ok" ? "ok" : `✖ ${line.status}`}, began{" "}
        {timeOf(line.startNs)}
      </p>
      <p class="actions">
        <button type="button" onClick={() => void download(line.traceId)}>
          Save as OTLP JSON
        </button>
        {hasLink && <CopyLink />}
        {viewers.filter(isWeb).map((it) => (
          <a key={it.name} class="button" href={it.url} target="_blank" rel="noreferrer">
            Open in {it.name}
          </a>
        ))}
      </p>
      {[...notes, ...quirks].length > 0 && (
        <details>
          <summary>What is odd about it: {notes.length + quirks.length}</summary>
          <ul>
            {[...notes, ...quirks].map((it) => (
              <li key={it} class="foreign">
                {it}
              </li>
            ))}
          </ul>
        </details>
      )}
      <p class="soft legend-line">
        {Object.values(makers)
          .map((it) => `${it.mark} ${it.words}`)
          .join("   ")}
      </p>
      <div class="trace-columns">
        <WaterfallView waterfall={waterfall} current={current} onCurrent={setCurrent} lit={lit} />
        <aside aria-label="What check and compare say">
          {judgement === undefined ? (
            <p class="soft" role="status">
              Checking the trace…
            </p>
          ) : "message" in judgement ? (
            <Failure title="The trace could not be checked">
              <p class="foreign">{judgement.message}</p>
              <p class="foreign">{judgement.hint}</p>
            </Failure>
          ) : (
            <VerdictView judgement={judgement} lit={lit} onLight={light} />
          )}
          <TimeShares waterfall={waterfall} />
        </aside>
      </div>
      <SpanPanel spanId={current} />
      {children}
    </article>
  );
}

/** What check says of a trace; undefined while it does not yet. */
function useJudgement(view: TraceView): Omit<Judgement, "report"> | ReturnType<typeof wordsOf> | undefined {
  const [known, setKnown] = useState<{
    readonly of: TraceView;
    readonly is: ReturnType<typeof useJudgement>;
  }>();
  useEffect(() => {
    let isWanted = true;
    ask("judgeOpened", [view.line.traceId]).then(
      (is) => isWanted && setKnown({ of: view, is }),
      (error: unknown) => isWanted && setKnown({ of: view, is: wordsOf(error) }),
    );
    return () => {
      isWanted = false;
    };
  }, [view]);
  return known?.of === view ? known.is : undefined;
}

/** The page goes to no address of another scheme, whoever gave it. */
function isWeb({ url }: Viewer): boolean {
  return /^https?:\/\//.test(url);
}

async function download(traceId: string): Promise<void> {
  const text = await ask("exported", []);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `trace-${traceId}.json`;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function CopyLink() {
  const [said, setSaid] = useState("Copy the link");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(location.href);
      setSaid("✔ Copied");
    } catch {
      setSaid("The browser does not allow it: copy the address above");
    }
  };
  return (
    <button type="button" aria-live="polite" onClick={() => void copy()}>
      {said}
    </button>
  );
}
