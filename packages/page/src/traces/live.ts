import type { TraceLine } from "@envoy-mesh-lab/check";
import type { TraceSummary } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { TracesService } from "@envoy-mesh-lab/proto/page/v1/traces_pb.ts";
import { signal } from "@preact/signals";
import { shownLine } from "../analysis/shown-line.ts";
import { pageClient } from "../shell/client.ts";
import { retry } from "../shell/retry.ts";
import { withTraces } from "./trace-list.ts";

/** What is known of the mesh's traces, the newest first. */
export const liveTraces = signal<readonly TraceLine[]>([]);

/** How it stands with the list: whether all that was there has come, or what is wrong. */
export type LiveState =
  | { readonly kind: "connecting" | "live" }
  | { readonly kind: "failed"; readonly message: string };
export const liveState = signal<LiveState>({ kind: "connecting" });

/** What the server says of traces. */
export const tracesClient = pageClient(TracesService);

/** The query that the list is of. */
let listed: string | undefined;

/** Keeps the list up to date until the signal aborts, also across restarts of the server. */
export function watch(query: string, end: AbortSignal): Promise<void> {
  // A page that was hidden meanwhile goes on with what it had.
  if (query !== listed) liveTraces.value = [];
  listed = query;
  liveState.value = { kind: "connecting" };
  const work = async (alive: () => void) => {
    for await (const { traces, isListed } of tracesClient.watchTraces({ query }, { signal: end })) {
      alive();
      liveTraces.value = withTraces(liveTraces.value, traces.map(lineOf));
      if (isListed) liveState.value = { kind: "live" };
    }
  };
  return retry(work, {
    signal: end,
    onState: (failure) => {
      if (failure !== undefined) liveState.value = { kind: "failed", message: failure.rawMessage };
      else if (liveState.value.kind === "failed") liveState.value = { kind: "live" };
    },
  });
}

function lineOf({
  startUnixNano,
  durationNanos,
  $typeName: _,
  $unknown: __,
  ...rest
}: TraceSummary): TraceLine {
  return shownLine({ ...rest, startNs: startUnixNano, durationNs: durationNanos });
}
