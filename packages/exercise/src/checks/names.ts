import { isChosen, whereSchema } from "@envoy-mesh-lab/check";
import type { Span, Trace, TraceIndex } from "@envoy-mesh-lab/trace";
import { indexTrace, labelAt } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import { expectation, expectationOf } from "../expectation.ts";
import { fillHeaders } from "../fill-headers.ts";
import { gatherTraces } from "../gather.ts";
import type { CheckGrade, GradeItem } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import { callWitness } from "../witness.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";
import { endedOtherwise } from "./logs.ts";

const thing = z.strictObject({
  /** What is done, in words: "the question for points, as the gateway makes it". */
  of: z.string(),
  /** Its spans; each trace of its calls has to have one. */
  where: whereSchema,
  /** The spans right below them, where what they say themselves does not tell them from others. */
  above: whereSchema.optional(),
  /** Whether an attribute of each has to hold the value of its call. */
  keeps: z.boolean().default(true),
});

/**
 * A check of span names: one for each thing that is done, however many it is done for, another one for another thing, and what
 * the names leave out is kept in an attribute.
 */
export const namesCheck = z.strictObject({
  kind: z.literal("names"),
  name: z.string(),
  /** The header in which each call has a value of its own, such as a guest's number: `{hex:8}` draws it. */
  header: z.string().toLowerCase(),
  calls: z
    .array(
      z.strictObject({
        traffic: trafficSchema,
        /** What a trace that has all its spans looks like; whether it does is for another check to say. */
        expect: expectation.default("expected-hops.yaml"),
        /** What is done in each of these calls. */
        things: z.array(thing).min(1),
      }),
    )
    .min(1),
});
type NamesCheck = z.infer<typeof namesCheck>;

/** Spans by which one thing was done, of all calls. */
export interface Done {
  of: string;
  /** Whether they have to keep the value of their call. */
  keeps: boolean;
  spans: { maker: string; name: string; traceId: string; spanId: string; keepsValue: boolean }[];
  /** Traces that have no such span. */
  lacking: string[];
}

/** Makes each call with another value, and looks at the names and the attributes of their spans. */
export async function runNames(check: NamesCheck, context: CheckContext): Promise<CheckGrade> {
  const { exercise, place, mesh, onStep } = context;
  const witness = await callWitness(mesh);
  const all: Trace[] = [];
  const items: GradeItem[] = [];
  const done: Done[] = [];
  for (const [i, { traffic, expect, things }] of check.calls.entries()) {
    onStep?.(`${check.name}: making ${traffic.number} calls`);
    const expected = expectationOf(exercise, expect, ["checks", place, "calls", i, "expect"]);
    const values = new Map<string, string>();
    const sent = { calls: [] as Awaited<ReturnType<typeof send>>["calls"], from: Date.now(), to: 0 };
    for (let n = 0; n < traffic.number; n++) {
      const headers = fillHeaders(traffic.headers);
      const [call] = (await send({ ...traffic, number: 1, headers }, context)).calls;
      if (call === undefined) break;
      sent.calls.push(call);
      if (call.traceId) values.set(call.traceId, headers[check.header] ?? "");
    }
    sent.to = Date.now();
    const wrong = sent.calls.filter((it) => it.code !== traffic.code);
    if (wrong.length > 0) items.push(endedOtherwise(traffic.code, sent.calls.length, wrong));
    onStep?.(`${check.name}: waiting for the traces`);
    const gathered = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
    const traces = [...gathered.values()];
    all.push(...traces);
    const indexes = traces.map((it) => ({ index: indexTrace(it), value: values.get(it.traceId) ?? "" }));
    done.push(...things.map((it) => doneBy(it, indexes)));
  }
  items.push(...gradeNames(done), ...(await witness(all)));
  return toGrade(check.name, items, all, []);
}

/** Finds the spans of a thing in the traces of its calls. */
export function doneBy(
  { of, where, above, keeps }: z.infer<typeof thing>,
  calls: readonly { index: TraceIndex; value: string }[],
): Done {
  const done: Done = { of, keeps, spans: [], lacking: [] };
  for (const { index, value } of calls) {
    const before = done.spans.length;
    for (const [i, span] of index.spans.entries()) {
      if (!isChosen(index, i, { where })) continue;
      if (
        above !== undefined &&
        !childrenOf(index, i).some((child) => isChosen(index, child, { where: above }))
      )
        continue;
      const { name, spanId, traceId } = span;
      done.spans.push({
        maker: labelAt(index, i),
        name,
        traceId,
        spanId,
        keepsValue: keepsValue(span, value),
      });
    }
    if (done.spans.length === before) done.lacking.push(index.traceId);
  }
  return done;
}

function childrenOf({ firstChild, nextSibling }: TraceIndex, i: number): number[] {
  const children: number[] = [];
  for (let it = firstChild[i] ?? -1; it >= 0; it = nextSibling[it] ?? -1) children.push(it);
  return children;
}

/** Whether an attribute of a span holds a value, alone or within a text. */
const keepsValue = ({ attributes }: Span, value: string) =>
  Object.values(attributes).some((it) => typeof it === "string" && it.includes(value));

/** Grades the names of things: one each, of the same maker no two the same, with their calls' values in attributes. */
export function gradeNames(things: readonly Done[]): GradeItem[] {
  return [
    ...things.flatMap((it) => [...gradeLacking(it), ...gradeOneName(it), ...gradeKept(it)]),
    ...gradeSame(things),
  ];
}

function gradeLacking({ of, spans, lacking }: Done): GradeItem[] {
  if (lacking.length === 0 && spans.length > 0) return [];
  const seen = `${lacking.length} traces have none`;
  return [
    missed(
      `each trace has a span of ${of}`,
      seen,
      { code: "names.none", edge: of },
      { traceIds: lacking.slice(0, 3) },
    ),
  ];
}

function gradeOneName({ of, spans }: Done): GradeItem[] {
  const names = new Map(spans.map((it) => [it.name, it]));
  if (names.size === 0) return [];
  const expectation = `${of}: one name, whoever it is for`;
  const shown = [...names.values()].slice(0, 2);
  if (names.size === 1) return [passed(expectation, { seen: `"${shown[0]?.name}"` })];
  const seen = `${names.size} names in ${spans.length} spans, such as ${shown.map((it) => `"${it.name}"`).join(" and ")}`;
  const where = { spanIds: shown.map((it) => it.spanId), traceIds: shown.map((it) => it.traceId) };
  return [missed(expectation, seen, { code: "names.many", edge: of }, where)];
}

function gradeKept({ of, keeps, spans }: Done): GradeItem[] {
  if (!keeps || spans.length === 0) return [];
  const expectation = `${of}: an attribute still says whom it is for`;
  const [one, ...more] = spans.filter((it) => !it.keepsValue);
  if (one === undefined) return [passed(expectation)];
  const seen = `not in ${more.length + 1} of ${spans.length} spans`;
  const where = { spanIds: [one.spanId], traceIds: [one.traceId] };
  return [missed(expectation, seen, { code: "names.lost", edge: of }, where)];
}

/** Different things that the same maker calls the same. */
function gradeSame(things: readonly Done[]): GradeItem[] {
  const uses = things.flatMap(({ of, spans }) => spans.map((it) => ({ of, ...it })));
  const byName = Map.groupBy(uses, ({ maker, name }) => `${maker}\n${name}`);
  const same = [...byName.values()].filter((it) => new Set(it.map(({ of }) => of)).size > 1);
  const expectation = "different things have different names";
  if (same.length === 0) return uses.length === 0 ? [] : [passed(expectation)];
  return same.map((it) => {
    const [one] = it;
    const of = [...new Set(it.map((use) => use.of))].join(" and ");
    const where = { spanIds: [one?.spanId ?? ""], traceIds: [one?.traceId ?? ""] };
    return missed(
      expectation,
      `"${one?.name}" is ${of}`,
      { code: "names.same", edge: one?.maker ?? "" },
      where,
    );
  });
}
