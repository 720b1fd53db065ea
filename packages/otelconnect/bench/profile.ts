/** What is read of a CPU profile, in the format of the Chrome DevTools protocol (Profiler.Profile). */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** The node that ran at each sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Where time goes: the first pattern that a function's place in the code matches. */
const places: readonly (readonly [name: string, place: RegExp])[] = [
  ["otelconnect", /\/otelconnect\/src\//],
  ["the floor and the benchmark", /\/otelconnect\/(bench|testing)\//],
  ["@opentelemetry/api", /\/@opentelemetry\/api\//],
  ["OpenTelemetry's SDK", /\/@opentelemetry\//],
  ["Connect and protobuf", /\/(@connectrpc|@bufbuild)\//],
  ["Node: HTTP", /^node:(internal\/http2|_http|http|internal\/http)/],
  ["Node: Headers", /^node:internal\/deps\/undici/],
  ["Node: events and abort signals", /^node:(events|internal\/(event_target|abort_controller))/],
  ["Node: async context", /^node:(async_hooks|internal\/(async_|async_local_storage))/],
  ["Node: streams, timers and the rest", /^node:/],
];
const collection = "garbage collection";
const native = "native code";
export const placeNames = [...places.map(([name]) => name), native, collection];

/** Microseconds that the functions of each place took themselves, in all the profiles together. Idle time is left out. */
export function timeByPlace(profiles: readonly CpuProfile[]): ReadonlyMap<string, number> {
  const times = new Map(placeNames.map((name) => [name, 0]));
  for (const { nodes, samples, timeDeltas } of profiles) {
    const byId = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
    for (const [i, id] of samples.entries()) {
      const place = byId.get(id);
      if (place !== undefined) {
        times.set(place, (times.get(place) ?? 0) + (timeDeltas[i] ?? 0));
      }
    }
  }
  return times;
}

function placeOf({ functionName, url }: CpuProfile["nodes"][number]["callFrame"]): string | undefined {
  switch (functionName) {
    case "(idle)":
    case "(root)":
      return undefined;
    case "(garbage collector)":
      return collection;
    default:
      return places.find(([, place]) => place.test(url))?.[0] ?? native;
  }
}

/** A table for people: a row a place, a column a variant, in microseconds per call. */
export function profileTable(columns: ReadonlyMap<string, ReadonlyMap<string, number>>): string {
  const cell = (value: number) => value.toFixed(1);
  const values = [...columns.values()];
  const sum = (column: ReadonlyMap<string, number>) => [...column.values()].reduce((a, b) => a + b, 0);
  return [
    `| µs per call, both ends | ${[...columns.keys()].join(" | ")} |`,
    `|---|${values.map(() => "---:|").join("")}`,
    ...placeNames.map((name) => `| ${name} | ${values.map((it) => cell(it.get(name) ?? 0)).join(" | ")} |`),
    `| together | ${values.map((it) => cell(sum(it))).join(" | ")} |`,
  ].join("\n");
}
