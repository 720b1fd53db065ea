import type { Edit } from "../edit.ts";
import type { Fault } from "../fault.ts";
import { byTrace, has } from "./seen.ts";

const file = "otel-collector.yaml";

/** One more processor of the Collector, the last of its pipeline. */
function processor(name: string, block: string): Edit[] {
  return [
    { file, from: "processors:\n", to: `processors:\n  ${name}:\n${block.replaceAll(/^/gm, "    ")}\n\n` },
    { file, from: "transform/redact, transform/envoy]", to: `transform/redact, transform/envoy, ${name}]` },
  ];
}

/** What is wrong with the spans once they are made: in the Collector, and where it is decided which traces are recorded. */
export const telemetryFaults: readonly Fault[] = [
  {
    area: "sampling",
    place: "edge",
    cause: "sampling",
    change: {
      edits: [
        {
          file: "envoy/edge.yaml",
          from: "random_sampling: { value: 100 }",
          to: "random_sampling: { value: 40 }",
        },
      ],
    },
    alert: "missing",
    story: "The edge, where traces begin, has 40 % of them recorded, and all others keep to that.",
    shownBy: (it) => it.is === "trace" && it.facts === undefined,
    look: [
      {
        command: "lab logs edge",
        tells: "calls as ever, and a traceparent that ends with 00 in what the next proxy logs",
      },
      { command: "lab call -n 10", tells: "some calls are never in Tempo; nobody counts a lost span" },
      { command: "lab status", tells: "all is well: what is not recorded is not lost either" },
    ],
  },
  {
    area: "sampling",
    place: "otel-collector",
    cause: "sampling",
    change: { edits: processor("probabilistic_sampler", "sampling_percentage: 40") },
    alert: "missing",
    story:
      "The Collector keeps 40 % of the traces, by their ids. All spans of the others come to it, and end there.",
    shownBy: (it) => it.is === "trace" && it.facts === undefined,
    look: [
      {
        command: "lab check last",
        tells: "of a trace that is missing: the parts made and sent its spans, and the Collector took them",
      },
      { command: "lab call -n 10", tells: "a call whose sampled flag is set, and which is not in Tempo" },
    ],
  },
  {
    area: "Collector",
    place: "otel-collector",
    cause: "drops-spans",
    change: {
      edits: processor(
        "filter/noise",
        'error_mode: ignore\ntrace_conditions:\n  - resource.attributes["service.name"] == "backend-proxy"',
      ),
    },
    alert: "broken",
    story: "A filter that was to take out noise takes out all spans of the backend's sidecar.",
    shownBy: byTrace(
      (it, code) => code === "ok" && has(it, "backend SERVER") && !has(it, "backend-proxy inbound SERVER"),
    ),
    look: [
      { command: "lab check last", tells: "the backend's span names a parent that is not there" },
      { command: "lab logs backend-proxy", tells: "the sidecar logs the span ids that nobody finds" },
    ],
  },
];
