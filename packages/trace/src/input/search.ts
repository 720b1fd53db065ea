import { ExitCode } from "../exit-codes.ts";
import type { HttpStore } from "../http-store.ts";
import { LabError } from "../lab-error.ts";
import type { Trace } from "../model.ts";
import type { TraceSearch } from "../tempo.ts";
import { fetchTrace, findTraces } from "../tempo.ts";

/** How many traces are asked for at the same time. */
const atOnce = 4;

/**
 * Searches Tempo and reads what it finds, the newest first.
 *
 * @param notice is told, in words for the user, that there may be more.
 * @throws {LabError} when Tempo does not answer (`notRunning`), does not understand the query (`usage`), or finds
 * nothing (`traceMissing`).
 */
export async function* searchTraces(
  tempo: HttpStore,
  search: TraceSearch,
  notice: (text: string) => void,
): AsyncGenerator<Trace> {
  const ids = (await findTraces(tempo, search)).map((it) => it.traceId);
  if (ids.length === 0) {
    const window = `${new Date(search.startMs).toISOString()} to ${new Date(search.endMs).toISOString()}`;
    throw new LabError(`Tempo finds no trace for ${search.query} from ${window}`, {
      exitCode: ExitCode.traceMissing,
      hint: "a wider window may have some: --since 24h; what came in just now may take seconds to be found",
    });
  }
  if (ids.length >= search.limit) {
    notice(`there may be more than these ${ids.length} traces; --limit says how many are read`);
  }
  for (let i = 0; i < ids.length; i += atOnce) {
    const traces = await Promise.all(ids.slice(i, i + atOnce).map((id) => fetchTrace(tempo, id)));
    // A trace that was found and is gone now was deleted in between.
    yield* traces.filter((it) => it !== undefined);
  }
}
