import { ConnectError } from "@connectrpc/connect";
import type { LogLine } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { useEffect, useState } from "preact/hooks";
import { shownWhole } from "../analysis/shown.ts";
import { tracesClient } from "./live.ts";

/** What is known of the log lines; undefined while they are looked for. */
type Logs =
  | { readonly lines: readonly LogLine[]; readonly isCut: boolean }
  | { readonly failure: string }
  | undefined;

/** The lines of all parts' logs that carry the trace's id, when one asks for them. */
export function TraceLogs({ traceId }: { readonly traceId: string }) {
  const [isOpen, setOpen] = useState(false);
  const [logs, setLogs] = useState<Logs>();
  useEffect(() => {
    if (!isOpen) return;
    const abort = new AbortController();
    setLogs(undefined);
    tracesClient.getTraceLogs({ traceId }, { signal: abort.signal }).then(setLogs, (error: unknown) => {
      if (!abort.signal.aborted) setLogs({ failure: ConnectError.from(error).rawMessage });
    });
    return () => abort.abort();
  }, [isOpen, traceId]);
  return (
    <details class="logs" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Log lines of the apps and access logs that carry this trace's id</summary>
      {logs === undefined ? (
        <p class="soft">Looking…</p>
      ) : "failure" in logs ? (
        <p class="bad-text foreign">✖ {logs.failure}</p>
      ) : logs.lines.length === 0 ? (
        <p class="soft">No part has printed a line with this id; a log begins anew when it has 20 MB.</p>
      ) : (
        <ol class="log-lines">
          {logs.lines.map((it, i) => (
            <li key={i}>
              <b>{it.part}</b> <code class="foreign">{shownWhole(it.text)}</code>
            </li>
          ))}
          {logs.isCut && <li class="soft">… and more: `lab logs` has all of them</li>}
        </ol>
      )}
    </details>
  );
}
