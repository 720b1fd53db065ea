import { Code, ConnectError } from "@connectrpc/connect";
import type { ModesFigures, ModesResult } from "@envoy-mesh-lab/compare";
import type { ModeTraces } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { CompareService } from "@envoy-mesh-lab/proto/page/v1/compare_pb.ts";
import { useEffect, useRef, useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { Failure } from "../shell/notice.tsx";
import { hashOf } from "../shell/route.ts";
import { fetchSelection, selectionById } from "./fetch.ts";
import { ModesView } from "./modes-view.tsx";

const client = pageClient(CompareService);

/** How a run stands. */
interface Run {
  readonly step: string;
  readonly done: number;
  readonly of: number;
  readonly figures?: ModesFigures | undefined;
  readonly result?: ModesResult | undefined;
  readonly traces: readonly ModeTraces[];
  readonly failure?: ConnectError | undefined;
  readonly isStopped?: boolean;
}

/** What the form says. */
interface Wanted {
  readonly rounds: number;
  readonly rate: number;
  readonly workMs: number;
  readonly protocol: string;
}

/** Runs `lab compare --modes` from the page, and shows its figures as they come. */
export function ModesRun() {
  const [run, setRun] = useState<Run>();
  const [ending, setEnding] = useState<AbortController>();
  const last = useRef<Wanted>({ rounds: 200, rate: 30, workMs: 0, protocol: "connect" });
  const current = useRef<AbortController>(undefined);
  // Calls whose figures nobody sees are not made.
  useEffect(() => () => current.current?.abort(), []);
  const start = async (wanted: Wanted, bringUp: boolean) => {
    last.current = wanted;
    const end = new AbortController();
    current.current = end;
    setEnding(end);
    setRun({ step: "asking the mesh", done: 0, of: 0, traces: [] });
    try {
      for await (const it of client.runModes({ ...wanted, bringUp }, { signal: end.signal })) {
        const { step, done, of, traces } = it;
        setRun((before) => ({
          ...{ step, done, of, traces },
          figures: it.figuresJson === "" ? before?.figures : (JSON.parse(it.figuresJson) as ModesFigures),
          result: it.resultJson === "" ? undefined : (JSON.parse(it.resultJson) as ModesResult),
        }));
      }
    } catch (error) {
      const isStopped = end.signal.aborted;
      setRun((before) => ({
        ...(before ?? { step: "", done: 0, of: 0, traces: [] }),
        ...(isStopped ? { isStopped } : { failure: ConnectError.from(error) }),
      }));
    } finally {
      setEnding(undefined);
    }
  };
  return (
    <section aria-label="What the proxies cost">
      <h3>What do the proxies cost?</h3>
      <p>
        The same call past no proxy, past one and past all, interleaved, as <code>lab compare --modes</code>{" "}
        makes them: on the client's own clock while it runs, and from the spans in the end.
      </p>
      <ModesForm
        isBusy={ending !== undefined}
        onStart={(it) => void start(it, false)}
        onStop={() => ending?.abort()}
      />
      {run?.failure && (
        <Failure title="The run has ended">
          <p class="foreign">{run.failure.rawMessage}</p>
          {run.failure.code === Code.Unavailable && (
            <p>
              <button type="button" onClick={() => void start(last.current, true)}>
                Bring the two gateways up, and run
              </button>{" "}
              They stay beside the mesh until <code>lab up</code> or <code>lab down</code>.
            </p>
          )}
        </Failure>
      )}
      {run && !run.failure && <Progress run={run} />}
      {run?.figures && <ModesView figures={run.result ?? run.figures} isClockAlone={isClockAlone(run)} />}
      {run?.result && <SetsOfModes traces={run.traces} />}
    </section>
  );
}

function isClockAlone({ figures }: Run): boolean {
  return figures?.modes.every((it) => it.parts.length === 0) ?? true;
}

function Progress({ run: { step, done, of, result, isStopped = false } }: { readonly run: Run }) {
  if (result !== undefined) {
    const { rounds, calls, failed, incomplete } = result;
    return (
      <p role="status">
        ✔ {rounds} rounds of one call in each mode: {calls} calls, {failed} failed, {incomplete} without a
        whole trace. Medians, with 95 % intervals over rounds.
      </p>
    );
  }
  return (
    <p role="status">
      {isStopped ? "Stopped while " : "… "}
      {step}
      {of > 0 && (
        <>
          : {done} of {of} <progress aria-label={step} value={done} max={of} />
        </>
      )}
    </p>
  );
}

interface ModesFormProps {
  readonly isBusy: boolean;
  readonly onStart: (wanted: Wanted) => void;
  readonly onStop: () => void;
}

function ModesForm({ isBusy, onStart, onStop }: ModesFormProps) {
  const submit = (event: Event) => {
    event.preventDefault();
    if (isBusy) return;
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const number = (name: string) => Number(data.get(name));
    const protocol = String(data.get("protocol"));
    onStart({ rounds: number("rounds"), rate: number("rate"), workMs: number("workMs"), protocol });
  };
  return (
    <form class="filters" onSubmit={submit} aria-label="Run over the modes">
      <label>
        Rounds
        <input name="rounds" type="number" min="1" max="5000" defaultValue="200" required />
      </label>
      <label>
        Calls per second
        <input name="rate" type="number" min="1" max="500" defaultValue="30" required />
      </label>
      <label>
        Backend works, ms
        <input name="workMs" type="number" min="0" max="1000" defaultValue="0" required />
      </label>
      <label>
        Protocol
        <select name="protocol">
          {["connect", "grpc", "grpc-web"].map((it) => (
            <option key={it}>{it}</option>
          ))}
        </select>
      </label>
      <button type="submit" aria-disabled={isBusy}>
        Run over the modes
      </button>
      {isBusy && (
        <button type="button" onClick={onStop}>
          Stop
        </button>
      )}
    </form>
  );
}

/** Makes sets of the run's traces: with proxies and without, to be compared hop by hop. */
function SetsOfModes({ traces }: { readonly traces: readonly ModeTraces[] }) {
  const idsOf = (mode: string) => traces.find((it) => it.mode === mode)?.traceIds ?? [];
  const compare = () => {
    const at = new Date().toISOString().slice(11, 19);
    const set = (words: string, mode: string) =>
      `${fetchSelection(selectionById(`${words}, run of ${at}Z`, idsOf(mode)))}`;
    const query = { a: set("past no proxy", "baseline"), b: set("past all proxies", "all") };
    location.hash = hashOf("compare", [], new URLSearchParams(query));
  };
  if (idsOf("baseline").length === 0 || idsOf("all").length === 0) return null;
  return (
    <p>
      <button type="button" onClick={compare}>
        Compare their traces hop by hop
      </button>
    </p>
  );
}
