import { ConnectError } from "@connectrpc/connect";
import type { Part } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { MeshService, PartAction } from "@envoy-mesh-lab/proto/page/v1/mesh_pb.ts";
import { useState } from "preact/hooks";
import { pageClient } from "../shell/client.ts";
import { PartConfiguration } from "./part-configuration.tsx";
import { PartLog } from "./part-log.tsx";
import { conditionOf, roleWords } from "./shown-mesh.ts";

const client = pageClient(MeshService);

const actions = [
  { action: PartAction.STOP, title: "Stop", done: "is stopped" },
  {
    action: PartAction.KILL,
    title: "Kill",
    done: "was killed; its restart policy says whether it comes back",
  },
  { action: PartAction.START, title: "Start", done: "is being started" },
  { action: PartAction.RESTART, title: "Restart", done: "was restarted" },
] as const;

interface PartPanelProps {
  readonly part: Part;
  /** Why it cannot be controlled from here; empty where it can. */
  readonly noControl: string;
}

/** One part: how it is, what it runs with, what it prints, and what one can do to it. */
export function PartPanel({ part, noControl }: PartPanelProps) {
  const { name, role, state, detail, program, version, pid, restarts, workload, addresses } = part;
  const isControlled = state !== "unseen" && state !== "outside" && state !== "seen in traces";
  return (
    <section class="panel" aria-label={`Part ${name}`}>
      <h3>{name}</h3>
      <dl>
        <dt>State</dt>
        <dd>
          {conditionOf(part).sign} {state}
          {detail !== "" && `: ${detail}`}
        </dd>
        <dt>Role</dt>
        <dd>
          {roleWords[role]}
          {workload !== "" && `, sidecar of ${workload}`}
        </dd>
        {program !== "" && (
          <>
            <dt>Program</dt>
            <dd>
              {program} {version}
            </dd>
          </>
        )}
        {pid !== 0 && (
          <>
            <dt>Process</dt>
            <dd>{pid}</dd>
          </>
        )}
        {restarts > 0 && (
          <>
            <dt>Restarts</dt>
            <dd>{restarts}</dd>
          </>
        )}
        {addresses.length > 0 && (
          <>
            <dt>Addresses</dt>
            <dd>
              {addresses
                .map((it) => (it.host === "" ? `:${it.port}` : `${it.host} (:${it.port})`))
                .join(", ")}
            </dd>
          </>
        )}
      </dl>
      {noControl !== "" ? (
        <p class="soft">There are no buttons to stop or start it: {noControl}.</p>
      ) : isControlled ? (
        <Controls part={name} />
      ) : (
        <p class="soft">Nothing of this mesh runs it that could stop or start it.</p>
      )}
      {part.hasLog && <PartLog part={name} />}
      {part.hasConfiguration && <PartConfiguration part={name} />}
    </section>
  );
}

function Controls({ part }: { readonly part: string }) {
  const [result, setResult] = useState<{ readonly text: string; readonly isBad: boolean }>();
  const [isBusy, setBusy] = useState(false);
  const act = async ({ action, done }: (typeof actions)[number]) => {
    setBusy(true);
    setResult({ text: "…", isBad: false });
    try {
      await client.controlPart({ part, action });
      setResult({ text: `✔ ${part} ${done}.`, isBad: false });
    } catch (error) {
      setResult({ text: `✖ ${ConnectError.from(error).rawMessage}`, isBad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <div class="controls">
      {actions.map((it) => (
        <button key={it.title} type="button" aria-disabled={isBusy} onClick={() => isBusy || void act(it)}>
          {it.title}
        </button>
      ))}
      <span role="status" class={result?.isBad ? "bad" : ""}>
        {result?.text}
      </span>
    </div>
  );
}
