import { createHash } from "node:crypto";
import type { Trace } from "@envoy-mesh-lab/trace";
import { originFinder } from "@envoy-mesh-lab/trace";
import type { CollectOptions } from "../collection.ts";
import { Collection } from "../collection.ts";
import { Decomposer } from "../decompose.ts";
import { seededRandom } from "../random.ts";
import { synthesize } from "./synthetic.ts";

/** How traces differ from each other: mean times in ns, each drawn from an exponential distribution. */
export interface Means {
  app: number;
  proxy: number;
  leg: number;
}

/** Traces of a gateway that calls a backend through two proxies, the same for the same seed. */
export function makeTraces(count: number, means: Means, seed: number): Trace[] {
  const random = seededRandom(seed);
  const draw = (mean: number) => Math.round(-Math.log((random(1e9) + 1) / 1e9) * mean);
  const both = (mean: number): [number, number] => [draw(mean / 2), draw(mean / 2)];
  return Array.from({ length: count }, (_, i) => {
    const proxy = () => ({
      spans: "two" as const,
      own: both(means.proxy),
      leg: both(means.leg),
      retries: [],
    });
    const backend = { service: "backend", steps: [{ work: draw(means.app), wrapped: false }] };
    const call = { client: both(means.leg), outbound: proxy(), inbound: proxy(), app: backend };
    const gateway = {
      service: "gateway",
      steps: [{ work: draw(means.app), wrapped: false }, { calls: [call] }],
    };
    const id = createHash("md5").update(`${seed} ${i}`).digest("hex");
    return synthesize(gateway, { hostNames: true, offsets: [0, 3e9] }, id).trace;
  });
}

/** Gathers traces at once. */
export function collectNow(traces: Trace[], options: Partial<CollectOptions> = {}): Collection {
  const collection = new Collection({
    decomposer: new Decomposer(),
    findOrigins: originFinder(),
    ...options,
  });
  for (const trace of traces) collection.add(trace);
  return collection;
}
