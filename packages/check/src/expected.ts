import * as z from "zod";
import { isFindingCode, severities } from "./findings.ts";
import type { Source } from "./source.ts";
import type { Count, SpanTests } from "./span-tests.ts";
import { attributeTests, count, eventTests, linkTests, statusTest, textTest } from "./span-tests.ts";

const kind = z.enum(["server", "client", "internal", "producer", "consumer"]);
const direction = z.enum(["inbound", "outbound"]);
const role = z.enum(["app", "proxy"]);

/** What a span has to say, beside where it sits. */
const spanTests = {
  name: textTest.optional(),
  scope: textTest.optional(),
  attributes: attributeTests.optional(),
  resource: attributeTests.optional(),
  status: statusTest.optional(),
  events: eventTests.optional(),
  links: linkTests.optional(),
};

/** One span that is expected on the way of a request, or several alike where `count` says so. */
export type ExpectedSpan = SpanTests & {
  /** `service.name` of the span's resource. */
  service: string;
  /** Which listener of a sidecar made the span; absent for services. */
  direction?: "inbound" | "outbound" | undefined;
  kind: z.infer<typeof kind>;
  /** Whether an application or a proxy made the span. */
  role?: "app" | "proxy" | undefined;
  /** May be there or not. Where it is not, the next hop's parent is the hop before. Default false. */
  optional?: boolean | undefined;
  /** How many spans like this hang below the spans of the hop before. Default 1. */
  count?: Count | undefined;
  /** Branches: chains of hops that begin below this one, beside the hops that follow. */
  children?: ExpectedSpan[][] | undefined;
};

const hop: z.ZodType<ExpectedSpan> = z.lazy(() =>
  z
    .strictObject({
      service: z.string().min(1),
      direction: direction.optional(),
      kind,
      role: role.optional(),
      optional: z.boolean().optional(),
      count: count.optional(),
      // A branch of one hop may be said without a list of its own.
      children: z
        .preprocess(
          (it) => (Array.isArray(it) ? it.map((branch) => (Array.isArray(branch) ? branch : [branch])) : it),
          z.array(z.array(hop).min(1)),
        )
        .optional(),
      ...spanTests,
    })
    .refine((it) => !(it.optional && it.count), { error: "say either optional or count: { min: 0 }" }),
);

/** Which spans of a trace are meant. */
export const whereSchema = z.strictObject({
  service: z.string().optional(),
  direction: direction.optional(),
  kind: kind.optional(),
  role: role.optional(),
  name: textTest.optional(),
  attributes: attributeTests.optional(),
});
const spansTest = z.strictObject({ where: whereSchema.optional(), count: count.optional(), ...spanTests });

/** Holds for every span of a trace that `where` chooses; without `where`, for every span. */
export type SpansTest = z.infer<typeof spansTest>;

/** The code of a finding. */
export const severityCode = z.string().refine(isFindingCode, {
  error: (issue) =>
    `"${String(issue.input)}" is no code of a finding; there are ${Object.keys(severities).join(", ")} and input.* of docs/reading-traces.md`,
});
const findings = z
  .strictObject({
    none: z.literal(true).optional(),
    must: z.array(severityCode).min(1).optional(),
    allow: z.array(severityCode).min(1).optional(),
  })
  .refine((it) => !(it.none && it.must), { error: "none and must contradict each other" });

const expectedFields = z.strictObject({
  name: z.string(),
  description: z.string().optional(),
  traces: count.optional(),
  roots: count.optional(),
  hops: z.array(hop).default([]),
  spans: z.array(spansTest).optional(),
  others: z.enum(["forbidden", "allowed"]).optional(),
  findings: findings.optional(),
});

/** The shape of a file of expectations; docs/checking-traces.md describes it. */
export const expectedSchema = expectedFields;

/**
 * What is expected of every trace of an input: a chain of spans, of which each one's parent is the one before and the
 * first is the root, what the spans say, and which findings there may be.
 */
export type Expected = z.infer<typeof expectedFields> & {
  /** Codes of findings that are no matter of whoever wrote it, and are allowed without a word. */
  unjudged?: readonly string[];
  /** Where it is written, for messages. */
  source?: Source;
};

/** A hop in words: "gateway-proxy outbound CLIENT". */
export function hopName(it: Pick<ExpectedSpan, "service" | "direction" | "kind">): string {
  return [it.service, it.direction, it.kind.toUpperCase()].filter(Boolean).join(" ");
}

/** How many spans a hop wants. */
export function countOf(it: Pick<ExpectedSpan, "optional" | "count">): { min: number; max: number } {
  if (it.count === undefined) {
    return { min: it.optional ? 0 : 1, max: 1 };
  }
  return { min: it.count.min ?? 0, max: it.count.max ?? Number.POSITIVE_INFINITY };
}
