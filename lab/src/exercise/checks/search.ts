import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { expectedHopsFile, readExpected } from "../../check/expected.ts";
import { gatherTraces } from "../gather.ts";
import { type CheckGrade, type GradeItem, missed, passed } from "../grade.ts";
import { send, trafficSchema } from "../traffic.ts";
import { type CheckContext, toGrade } from "./context.ts";

/** A check of a query: which of several calls it finds, as an alert would. */
export const searchCheck = z.strictObject({
  kind: z.literal("search"),
  name: z.string(),
  /** The learner's file that holds the query, in TraceQL. Lines that begin with # are left out. */
  query: z.string(),
  calls: z
    .array(
      z.strictObject({
        /** In words: "a stream that fails over Connect". */
        name: z.string(),
        traffic: trafficSchema,
        /** Whether the query has to find its trace. */
        found: z.boolean(),
      }),
    )
    .min(1),
});
type SearchCheck = z.infer<typeof searchCheck>;

/** How long the query may take to find what it should, in milliseconds. */
const patience = 4000;

/** Makes calls, and asks Tempo which of their traces the learner's query finds (GET /api/search, Tempo 2.8 API). */
export async function runSearch(check: SearchCheck, context: CheckContext): Promise<CheckGrade> {
  const { folder, mesh, onStep, signal } = context;
  const query = readFileSync(join(folder, check.query), "utf8")
    .replaceAll(/^\s*#.*$/gm, "")
    .trim();
  const calls: { name: string; found: boolean; code: string; wanted: string; traceId: string }[] = [];
  const from = Date.now();
  for (const { name, traffic, found } of check.calls) {
    onStep?.(`${check.name}: ${name}`);
    const { calls: made } = await send({ ...traffic, number: 1 }, mesh, signal);
    const { code = "", traceId = "" } = made[0] ?? {};
    calls.push({ name, found, code, wanted: traffic.code, traceId });
  }
  const sent = { calls, from, to: Date.now() };
  onStep?.(`${check.name}: waiting for the traces`);
  const expected = readExpected(expectedHopsFile);
  const traces = await gatherTraces(sent, { tempo: mesh.urls.tempo, expected, window: false });
  const isRight = (ids: Set<string>) => calls.every(({ traceId, found }) => ids.has(traceId) === found);
  for (const deadline = Date.now() + patience; ; await delay(200)) {
    const answer = await search(mesh.urls.tempo, query, sent);
    const items =
      typeof answer === "string" ? [rejected(query, answer)] : calls.map((it) => grade(it, answer));
    if (typeof answer === "string" || isRight(answer) || Date.now() > deadline) {
      return toGrade(check.name, items, [...traces.values()], []);
    }
  }
}

function rejected(query: string, words: string): GradeItem {
  return missed("Tempo reads your query", `${words} (in: ${query || "nothing"})`, { code: "query.rejected" });
}

type Call = { name: string; found: boolean; code: string; wanted: string; traceId: string };

function grade({ name, found, code, wanted, traceId }: Call, ids: ReadonlySet<string>): GradeItem {
  const expectation = `${name}: ${found ? "your query finds it" : "your query leaves it alone"}`;
  const where = { traceIds: [traceId] };
  if (code !== wanted)
    return missed(expectation, `the call ended with ${code}`, { code: "call.code" }, where);
  if (ids.has(traceId) === found) return passed(expectation, "so it does", [traceId]);
  return found
    ? missed(expectation, "it does not find it", { code: "query.misses", edge: name }, where)
    : missed(expectation, "it finds it", { code: "query.finds-too-much", edge: name }, where);
}

/** The traces that a query finds; or, when Tempo rejects it, its words. */
async function search(
  tempo: string,
  query: string,
  { from, to }: { from: number; to: number },
): Promise<Set<string> | string> {
  const url = new URL("/api/search", tempo);
  // In whole seconds, as Tempo counts here.
  const range = { start: `${Math.floor(from / 1000)}`, end: `${Math.floor(to / 1000) + 1}` };
  url.search = new URLSearchParams({ q: query, limit: "1000", ...range }).toString();
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) return (await response.text()).trim();
  const { traces = [] } = (await response.json()) as { traces?: { traceID: string }[] };
  return new Set(traces.map(({ traceID }) => traceID.padStart(32, "0")));
}
