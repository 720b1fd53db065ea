import type { Trace } from "@envoy-mesh-lab/trace";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import type { HttpStore, OtherStore } from "@envoy-mesh-lab/trace/node";
import { fetchFromStore, otherStores, searchStore } from "@envoy-mesh-lab/trace/node";
import type { SearchWindow } from "./host.ts";
import { assertHttpUrl } from "./http-url.ts";
import type { InputFlags } from "./input-flags.ts";

/** A store that is named on the command line, and how to reach it. */
interface Named {
  readonly kind: OtherStore;
  readonly store: HttpStore;
}

/**
 * The store other than Tempo that is named; undefined where none is.
 *
 * @throws {LabError} (exit code `usage`) where several are named, or one by what is no URL.
 */
export function otherStoreOf(flags: InputFlags): Named | undefined {
  const named = (["jaeger", "zipkin"] as const).filter((it) => flags[it] !== undefined);
  const [kind] = named;
  // A Tempo that is named too may be so by a variable that is always set, and gives way.
  if (kind === undefined) return undefined;
  if (named.length > 1) throw usage("--jaeger and --zipkin do not go together: one store is asked at a time");
  if (flags.query !== undefined) throw usage(`--query is for Tempo; --service searches ${otherStores[kind]}`);
  const url = assertHttpUrl(`--${kind}`, flags[kind] ?? "");
  return { kind, store: { url, headers: flags.header, asker: "meshtrace" } };
}

/**
 * A trace by its id.
 *
 * @throws {LabError} (exit code `traceMissing`) when the store does not know it, (`usage`) without an id.
 */
export async function fetchOther({ kind, store }: Named, traceId: string | undefined): Promise<Trace> {
  const name = otherStores[kind];
  if (traceId === undefined) {
    throw usage(`${name} cannot tell its newest trace: give an id, or --service NAME for those of a service`);
  }
  const trace = await fetchFromStore(kind, store, traceId);
  if (trace === undefined) {
    throw new LabError(`trace ${traceId} is not in ${name}`, {
      exitCode: ExitCode.traceMissing,
      hint: `was it sampled, and is it exported to this ${name}?`,
    });
  }
  return trace;
}

/** Searches the store that is named, by its service; undefined where none is. */
export function searchOther(flags: InputFlags, window: SearchWindow): Promise<Trace[]> | undefined {
  const other = otherStoreOf(flags);
  if (other === undefined) return undefined;
  const { service } = flags;
  const name = otherStores[other.kind];
  if (service === undefined) throw usage(`${name} is searched by a service: --service NAME`);
  return searchStore(other.kind, other.store, { service, ...window }).then((traces) => {
    if (traces.length > 0) return traces;
    throw new LabError(`${name} finds no trace of ${service} in that time`, {
      exitCode: ExitCode.traceMissing,
      hint: "--since 24h looks further back; its page lists the services that it knows",
    });
  });
}

function usage(what: string): LabError {
  return new LabError(what, { exitCode: ExitCode.usage, hint: "--help says what each option does" });
}
