import { ConnectError } from "@connectrpc/connect";
import { MeshService } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { duration } from "@envoy-mesh-lab/trace";
import { useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { hashOf } from "../shell/route.ts";
import type { CallsProgress } from "./browser-calls.ts";
import type { CallForm as Form } from "./command-line.ts";
import { commandLine, plainCall, protocols, rpcs } from "./command-line.ts";
import { whoCalls } from "./who-calls.ts";

const client = pageClient(MeshService);

/** Calls that are listed, the newest. */
const shownCalls = 20;

/** The codes that a service can be made to fail with, as Connect spells them (Connect protocol, "Error Codes"). */
const codes = [
  ...["canceled", "unknown", "invalid_argument", "deadline_exceeded", "not_found", "already_exists"],
  ...["permission_denied", "resource_exhausted", "failed_precondition", "aborted", "out_of_range"],
  ...["unimplemented", "internal", "unavailable", "data_loss", "unauthenticated"],
];

interface Progress extends CallsProgress {
  readonly failure: string;
}

const nothing: Progress = { planned: 0, ended: 0, failed: 0, calls: [], report: "", failure: "" };

/** Makes calls, as `lab call` and `lab load` do. */
export function CallForm() {
  const [form, setForm] = useState<Form>(plainCall);
  const [progress, setProgress] = useState<Progress>();
  const [ending, setEnding] = useState<AbortController>();
  const set = (change: Partial<Form>) => setForm((it) => ({ ...it, ...change }));

  const caller = whoCalls(form);
  const make = async () => {
    const end = new AbortController();
    setEnding(end);
    setProgress(nothing);
    try {
      const calls =
        caller.who === "browser"
          ? (await import("./browser-calls.ts")).browserCalls(form, end.signal)
          : client.makeCalls(form, { signal: end.signal });
      for await (const it of calls) {
        const { planned, ended, failed, report } = it;
        setProgress((before = nothing) => ({
          ...{ planned, ended, failed, report, failure: "" },
          calls: [...it.calls.toReversed(), ...before.calls].slice(0, shownCalls),
        }));
      }
    } catch (error) {
      const failure = end.signal.aborted ? "stopped" : ConnectError.from(error).rawMessage;
      setProgress((before = nothing) => ({ ...before, failure }));
    } finally {
      setEnding(undefined);
    }
  };
  const isBusy = ending !== undefined;

  return (
    <section class="panel calls" aria-label="Make calls">
      <h3>Make calls</h3>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!isBusy) void make();
        }}
      >
        <Choice label="RPC" value={form.rpc} of={rpcs} onChange={(rpc) => set({ rpc })} />
        <Choice
          label="Protocol"
          value={form.protocol}
          of={protocols}
          onChange={(protocol) => set({ protocol })}
        />
        <NumberField
          label="Calls"
          value={form.number}
          least={1}
          most={100_000}
          onChange={(number) => set({ number })}
        />
        <NumberField
          label="Per second (0: one by one)"
          value={form.rate}
          most={2_000}
          onChange={(rate) => set({ rate })}
        />
        <NumberField
          label="Backend works, ms"
          value={form.workMs}
          most={60_000}
          onChange={(workMs) => set({ workMs })}
        />
        <Choice
          label="Backend fails with"
          value={form.fail}
          of={["", ...codes]}
          onChange={(fail) => set({ fail })}
        />
        <details>
          <summary>More</summary>
          <div class="more">
            <label>
              Drink
              <input
                value={form.drink}
                maxLength={200}
                onInput={(it) => set({ drink: it.currentTarget.value })}
              />
            </label>
            <NumberField
              label="Messages of a stream"
              value={form.messages}
              most={10_000}
              onChange={(messages) => set({ messages })}
            />
            <NumberField
              label="Gateway works, ms"
              value={form.gatewayWorkMs}
              most={60_000}
              onChange={(gatewayWorkMs) => set({ gatewayWorkMs })}
            />
            <Choice
              label="Gateway fails with"
              value={form.gatewayFail}
              of={["", ...codes]}
              onChange={(gatewayFail) => set({ gatewayFail })}
            />
            <NumberField
              label="Fails after messages"
              value={form.failAfter}
              most={10_000}
              onChange={(failAfter) => set({ failAfter })}
            />
            <NumberField
              label="Deadline, ms"
              value={form.timeoutMs}
              least={1}
              most={3_600_000}
              onChange={(timeoutMs) => set({ timeoutMs })}
            />
          </div>
        </details>
        <div class="controls">
          <button type="submit" aria-disabled={isBusy}>
            Make {form.number === 1 ? "the call" : "these calls"}
          </button>
          {isBusy && (
            <button type="button" onClick={() => ending.abort()}>
              Stop
            </button>
          )}
        </div>
      </form>
      <p>
        {caller.who === "browser"
          ? "This browser makes them, and is the first span of each trace."
          : `The page's server makes them, as ${caller.why}.`}{" "}
        The same in a terminal: <code class="command">{commandLine(form)}</code>
      </p>
      {progress && <Outcome progress={progress} />}
    </section>
  );
}

function Outcome({ progress }: { readonly progress: Progress }) {
  const { planned, ended, failed, calls, report, failure } = progress;
  return (
    <>
      <p role="status" class={failure === "" ? "" : "bad"}>
        {planned > 0 && `${ended} of ${planned} calls ended, ${failed} failed. `}
        {failure !== "" && `✖ ${failure}`}
      </p>
      {report !== "" && <pre class="log">{report}</pre>}
      {calls.length > 0 && (
        <ul class="outcomes">
          {calls.map((it, i) => (
            <li key={`${it.traceId} ${i}`}>
              {it.code === "ok" ? "✔" : "✖"} {it.code} {duration(it.durationMs * 1e6)}{" "}
              {it.traceId !== "" && <a href={hashOf("traces", [it.traceId])}>trace {it.traceId}</a>}{" "}
              {it.message}
            </li>
          ))}
        </ul>
      )}
    </>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly of: readonly string[];
  readonly onChange: (value: string) => void;
}

function Choice({ label, value, of, onChange }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={value} onChange={(it) => onChange(it.currentTarget.value)}>
        {of.map((it) => (
          <option key={it} value={it}>
            {it === "" ? "nothing" : it}
          </option>
        ))}
      </select>
    </label>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: number;
  readonly least?: number;
  readonly most: number;
  readonly onChange: (value: number) => void;
}

function NumberField({ label, value, least = 0, most, onChange }: NumberFieldProps) {
  return (
    <label>
      {label}
      <input
        type="number"
        value={value}
        min={least}
        max={most}
        step={1}
        required
        onInput={(it) =>
          Number.isFinite(it.currentTarget.valueAsNumber) && onChange(it.currentTarget.valueAsNumber)
        }
      />
    </label>
  );
}
