import type { ModeSample } from "@envoy-mesh-lab/compare";
import { modes, partsOf, spansOf } from "@envoy-mesh-lab/compare";
import { waitForTrace } from "@envoy-mesh-lab/trace/node";
import type { ModeCall } from "./calls.ts";

/** Traces that are asked for at a time. */
const lookUps = 4;

/** Where traces arrive. */
interface TraceSource {
  /** Base URL of Tempo's API. */
  readonly tempo: string;
  /** How long a trace is waited for, in milliseconds. */
  readonly arrivalMs: number;
}

/** Reads the traces of calls from Tempo; those that are not whole in time are left out. */
export async function readSamples(
  from: TraceSource,
  calls: readonly ModeCall[],
  onTrace: (done: number, samples: readonly ModeSample[]) => void,
): Promise<ModeSample[]> {
  const samples: ModeSample[] = [];
  // The readers share one iterator, so each call is taken by one of them.
  const rest = calls.values();
  let done = 0;
  const reader = async () => {
    for (const call of rest) {
      const sample = await readSample(from, call);
      samples.push(...(sample ? [sample] : []));
      onTrace(++done, samples);
    }
  };
  await Promise.all(Array.from({ length: lookUps }, reader));
  return samples;
}

async function readSample(
  { tempo, arrivalMs }: TraceSource,
  call: ModeCall,
): Promise<ModeSample | undefined> {
  const { mode: name, round, clockMs, traceId } = call;
  const mode = modes.find((it) => it.name === name);
  if (mode === undefined || traceId === undefined) {
    return undefined;
  }
  const expected = spansOf(mode);
  const trace = await waitForTrace(tempo, traceId, arrivalMs, (it) => it.spans.length >= expected);
  const parts = trace && partsOf(trace, expected);
  return parts && { mode: name, round, clockMs, parts };
}
