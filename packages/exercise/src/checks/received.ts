import { setTimeout as delay } from "node:timers/promises";
import type { ValueTest } from "@envoy-mesh-lab/check";
import { holds, inWords, valueTest } from "@envoy-mesh-lab/check";
import { requireRuntime } from "@envoy-mesh-lab/mesh";
import type { AttributeValue, Trace } from "@envoy-mesh-lab/trace";
import { fetchTrace } from "@envoy-mesh-lab/trace/node";
import * as z from "zod";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";
import type { Line } from "./logs.ts";
import { endedOtherwise, parseLines } from "./logs.ts";

/**
 * A check of the headers that a part outside of the mesh really received. Such a part has no spans here; it prints one JSON
 * line for each request, with what it got under `headers`.
 */
export const receivedCheck = z.strictObject({
  kind: z.literal("received"),
  name: z.string(),
  traffic: trafficSchema,
  /** Who received it. */
  part: z.string(),
  /** What the headers of each request have to say. */
  headers: z.record(z.string().toLowerCase(), valueTest).default({}),
  /** Texts that no header of a request may hold. */
  hidden: z.array(z.string().min(1)).default([]),
});
type ReceivedCheck = z.infer<typeof receivedCheck>;

/** A request that arrived: its headers, by their names in lower case. */
export type Received = Readonly<Record<string, AttributeValue>>;

/** How often the log is read, and how long lines may take to be written, in milliseconds. */
const [pollInterval, arrivalTimeout] = [150, 1500];

/** Makes the calls of a check and looks at what came to the part because of them. */
export async function runReceived(check: ReceivedCheck, context: CheckContext): Promise<CheckGrade> {
  const { mesh, onStep, signal } = context;
  const runtime = requireRuntime(mesh);
  const mark = await runtime.markLog(check.part);
  onStep?.(`${check.name}: making ${check.traffic.number} calls`);
  const { calls } = await send(check.traffic, context);
  const ids = calls.flatMap(({ traceId }) => traceId ?? []);
  onStep?.(`${check.name}: reading what ${check.part} received`);
  const traces = new Map<string, Trace>();
  for (const deadline = Date.now() + arrivalTimeout; ; await delay(pollInterval)) {
    for (const id of ids) {
      const trace = await fetchTrace(mesh.urls.tempo, id);
      if (trace !== undefined) traces.set(id, trace);
    }
    const requests = requestsOf(parseLines(await runtime.readLog(mark)));
    const isDone = ids.every((id) => traces.has(id) && requests.some((it) => traceIdOf(it) === id));
    if (!isDone && Date.now() < deadline && !signal?.aborted) continue;
    const wrong = calls.filter((it) => it.code !== check.traffic.code);
    const ended = wrong.length === 0 ? [] : [endedOtherwise(check.traffic.code, calls.length, wrong)];
    return toGrade(check.name, [...ended, ...gradeReceived(check, requests, ids)], [...traces.values()], []);
  }
}

/** Returns the requests that a log has lines of. */
export function requestsOf(lines: readonly Line[]): Received[] {
  return lines.flatMap(({ headers }) =>
    typeof headers === "object" && headers !== null && !Array.isArray(headers) ? [headers as Received] : [],
  );
}

/** The trace that a request's `traceparent` names. */
function traceIdOf({ traceparent }: Received): string | undefined {
  return typeof traceparent === "string" ? traceparent.split("-")[1] : undefined;
}

/** Grades the requests that came because of calls, recognised by the trace ids of the calls. */
export function gradeReceived(
  { part, headers, hidden }: Pick<ReceivedCheck, "part" | "headers" | "hidden">,
  requests: readonly Received[],
  ids: readonly string[],
): GradeItem[] {
  const came = `${part} got a request of each call, with its trace id in traceparent`;
  const lost = ids.filter((id) => !requests.some((it) => traceIdOf(it) === id));
  if (ids.length === 0 || lost.length > 0) {
    const strange = requests.find((it) => !ids.includes(traceIdOf(it) ?? ""));
    const seen = `not of ${lost.length} of ${ids.length} calls; ${
      strange === undefined ? "nothing else came" : `what came: ${JSON.stringify(strange)}`
    }`;
    return [missed(came, seen, { code: "received.none", edge: part }, { traceIds: lost.slice(0, 3) })];
  }
  const meant = requests.filter((it) => ids.includes(traceIdOf(it) ?? ""));
  return [
    passed(came, { traceIds: [...ids] }),
    ...Object.entries(headers).map(([name, test]) => gradeHeader(part, name, test, meant)),
    ...hidden.map((text) => gradeHidden(part, text, meant)),
  ];
}

function gradeHeader(part: string, name: string, test: ValueTest, requests: readonly Received[]): GradeItem {
  const expectation = `${part}: the header ${name} ${inWords(test)}`;
  const wrong = requests.filter((it) => !holds(test, it[name]));
  const [one] = wrong;
  if (one === undefined) return passed(expectation);
  const value = one[name] === undefined ? "absent" : JSON.stringify(one[name]);
  return missed(
    expectation,
    `${value}, in ${wrong.length} of ${requests.length} requests`,
    { code: "received.header", edge: `${part} ${name}` },
    { traceIds: wrong.flatMap((it) => traceIdOf(it) ?? []).slice(0, 3) },
  );
}

function gradeHidden(part: string, text: string, requests: readonly Received[]): GradeItem {
  const expectation = `${part}: no header holds "${text}"`;
  const wrong = requests.filter((it) => holderOf(it, text) !== undefined);
  const [one] = wrong;
  if (one === undefined) return passed(expectation);
  const name = holderOf(one, text) as string;
  return missed(
    expectation,
    `${name}: ${String(one[name])}, in ${wrong.length} of ${requests.length} requests`,
    { code: "received.leak", edge: part },
    { traceIds: wrong.flatMap((it) => traceIdOf(it) ?? []).slice(0, 3) },
  );
}

/** The first header that holds a text. */
function holderOf(request: Received, text: string): string | undefined {
  return Object.keys(request).find((name) => String(request[name]).includes(text));
}
