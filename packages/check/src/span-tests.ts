import type { Attributes, AttributeValue, Span, SpanEvent, SpanLink } from "@envoy-mesh-lab/trace";
import * as z from "zod";
import type { FindingCode } from "./findings.ts";

const scalar = z.union([z.string(), z.number(), z.boolean()]);
const regex = z.string().refine(
  (it) => {
    try {
      new RegExp(it, "u");
      return true;
    } catch {
      return false;
    }
  },
  { error: (issue) => `${JSON.stringify(issue.input)} is not a regular expression` },
);
const isShort = (it: unknown) => typeof it !== "object" || it === null || Array.isArray(it);

/** How many: a number, or `{ min, max }`, of which either may be left out. */
export const count = z.preprocess(
  (it) => (typeof it === "number" ? { min: it, max: it } : it),
  z
    .strictObject({ min: z.int().min(0).optional(), max: z.int().min(0).optional() })
    .refine((it) => (it.min ?? 0) <= (it.max ?? Number.POSITIVE_INFINITY), { error: "min is more than max" }),
);
export type Count = z.infer<typeof count>;

/** A text: the text itself, or `{ equals }`, `{ matches }` (a regular expression, anywhere in the text), `{ oneOf }`. */
export const textTest = z.preprocess(
  (it) => (isShort(it) ? { equals: it } : it),
  z.strictObject({
    equals: z.string().optional(),
    matches: regex.optional(),
    oneOf: z.array(z.string()).optional(),
  }),
);

/** An attribute: its value, or an object of tests that have to hold together. */
export const valueTest = z.preprocess(
  (it) => (isShort(it) ? { equals: it } : it),
  z
    .strictObject({
      equals: z
        .union([scalar, z.array(scalar)], { error: "a text, number, boolean or list of them" })
        .optional(),
      oneOf: z.array(scalar).optional(),
      matches: regex.optional(),
      /** The value's type: what a reader of the attribute has to expect. */
      type: z.enum(["string", "number", "boolean", "array", "object"]).optional(),
      min: z.number().optional(),
      max: z.number().optional(),
      present: z.literal(true).optional(),
      absent: z.literal(true).optional(),
    })
    .refine((it) => !it.absent || Object.keys(it).length === 1, {
      error: "absent cannot be joined with other tests",
    })
    .refine((it) => Object.keys(it).length > 0, { error: "says nothing; present: true asks for any value" }),
);
export type ValueTest = z.infer<typeof valueTest>;

export const attributeTests = z.record(z.string(), valueTest);

const code = z.enum(["unset", "ok", "error"]);
/** A status: its code, a list of codes, or `{ code, message }`. */
export const statusTest = z.preprocess(
  (it) => (isShort(it) ? { code: it } : it),
  z.strictObject({
    code: z.preprocess((it) => (Array.isArray(it) ? it : [it]), z.array(code).min(1)),
    message: textTest.optional(),
  }),
);

const eventTest = z.strictObject({
  name: textTest,
  attributes: attributeTests.optional(),
  count: count.optional(),
});
const linkTest = z.strictObject({
  traceId: textTest.optional(),
  spanId: textTest.optional(),
  attributes: attributeTests.optional(),
  count: count.optional(),
});
const listOrCount = (it: unknown) =>
  Array.isArray(it) ? { has: it } : typeof it === "number" ? { count: it } : it;
/** Events: a number, a list of events that have to be there, or `{ count, has }`. */
export const eventTests = z.preprocess(
  listOrCount,
  z.strictObject({ count: count.optional(), has: z.array(eventTest).optional() }),
);
/** Links: as events. */
export const linkTests = z.preprocess(
  listOrCount,
  z.strictObject({ count: count.optional(), has: z.array(linkTest).optional() }),
);

/** What a span has to say. Everything that is given has to hold. */
export interface SpanTests {
  name?: z.infer<typeof textTest> | undefined;
  scope?: z.infer<typeof textTest> | undefined;
  attributes?: z.infer<typeof attributeTests> | undefined;
  resource?: z.infer<typeof attributeTests> | undefined;
  status?: z.infer<typeof statusTest> | undefined;
  events?: z.infer<typeof eventTests> | undefined;
  links?: z.infer<typeof linkTests> | undefined;
}

/** One test of a span, and what came of it. */
export interface SpanTestResult {
  ok: boolean;
  /** What was expected, in words: 'attribute tenant.id is "blue"'. */
  expectation: string;
  /** What was there, in words. */
  seen: string;
  /** Whether what was expected is not there at all, or too few of it are. */
  lacks: boolean;
  /** What it is about: the key of the attribute, "status" and so on. */
  key: string;
  /** Where it is said, from the tests on. */
  path: string[];
  /** The code of the finding that it makes when it does not hold. */
  code: Extract<FindingCode, `expect.${string}`>;
}

/** Asks a span everything that is expected of it. */
export function testSpan(span: Span, tests: SpanTests): SpanTestResult[] {
  return [
    ...(tests.name ? [result("expect.name", "name", ["name"], "the name", tests.name, span.name)] : []),
    ...(tests.scope
      ? [
          result(
            "expect.attribute",
            "scope",
            ["scope"],
            "the instrumentation scope",
            tests.scope,
            span.scope.name,
          ),
        ]
      : []),
    ...testAttributes(span.attributes, tests.attributes, "attribute", "attributes"),
    ...testAttributes(span.resource, tests.resource, "resource attribute", "resource"),
    ...(tests.status ? [testStatus(span, tests.status)] : []),
    ...testList("event", span.events, tests.events, (event, test) =>
      [holds(test.name, event.name), attributesHold(event.attributes, test.attributes)].every(Boolean),
    ),
    ...testList("link", span.links, tests.links, (link, test) =>
      [
        test.traceId === undefined || holds(test.traceId, link.traceId),
        test.spanId === undefined || holds(test.spanId, link.spanId),
        attributesHold(link.attributes, test.attributes),
      ].every(Boolean),
    ),
  ];
}

function result(
  code: SpanTestResult["code"],
  key: string,
  path: string[],
  subject: string,
  test: ValueTest,
  value: AttributeValue | undefined,
): SpanTestResult {
  return {
    ok: holds(test, value),
    expectation: `${subject} ${inWords(test)}`,
    seen: value === undefined ? "absent" : show(value),
    lacks: value === undefined,
    key,
    path,
    code,
  };
}

function testAttributes(
  attributes: Attributes,
  tests: z.infer<typeof attributeTests> | undefined,
  subject: string,
  path: string,
): SpanTestResult[] {
  return Object.entries(tests ?? {}).map(([key, test]) => {
    const value = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    return result("expect.attribute", key, [path, key], `${subject} ${key}`, test, value);
  });
}

function testStatus(span: Span, test: NonNullable<SpanTests["status"]>): SpanTestResult {
  const { code, message } = span.status;
  return {
    ok: test.code.includes(code) && (test.message === undefined || holds(test.message, message)),
    expectation: `the status is ${test.code.join(" or ")}${test.message ? `, its message ${inWords(test.message)}` : ""}`,
    seen: `${code}${message ? ` "${message}"` : ""}`,
    lacks: false,
    key: "status",
    path: ["status"],
    code: "expect.status",
  };
}

/** What may be asked of an event or a link. */
interface ListTest {
  count?: Count | undefined;
  name?: ValueTest | undefined;
  traceId?: ValueTest | undefined;
  spanId?: ValueTest | undefined;
  attributes?: z.infer<typeof attributeTests> | undefined;
}

function testList<T extends SpanEvent | SpanLink, Test extends ListTest>(
  noun: "event" | "link",
  list: T[],
  tests: { count?: Count | undefined; has?: Test[] | undefined } | undefined,
  fits: (it: T, test: Test) => boolean,
): SpanTestResult[] {
  if (tests === undefined) return [];
  const code = `expect.${noun}` as const;
  const one = (path: string[], what: string, wanted: Count, found: number): SpanTestResult => ({
    ok: inCount(found, wanted),
    expectation: `${countInWords(wanted)} ${what}`,
    seen: list.length === 0 ? "none" : `${found} of ${list.length}: ${list.map(describe).join("; ")}`,
    lacks: found < (wanted.min ?? 0),
    key: noun,
    path,
    code,
  });
  return [
    ...(tests.count ? [one([`${noun}s`], `${noun}s`, tests.count, list.length)] : []),
    ...(tests.has ?? []).map((test, i) =>
      one(
        [`${noun}s`, String(i)],
        `${noun} ${describeTest(test)}`,
        test.count ?? { min: 1 },
        list.filter((it) => fits(it, test)).length,
      ),
    ),
  ];
}

/** What is there: a name with its attributes, or a link as `traceparent` has it. */
function describe(it: SpanEvent | SpanLink): string {
  const self = "name" in it ? show(it.name) : `to ${it.traceId}-${it.spanId}`;
  const attributes = Object.entries(it.attributes).map(([key, value]) => `${key} ${show(value)}`);
  return attributes.length === 0 ? self : `${self} with ${attributes.join(", ")}`;
}

/** What is wanted of an event or a link, in words: 'whose name is "drink served" and whose drink is "tea"'. */
function describeTest(test: ListTest): string {
  const fields: [string, ValueTest | undefined][] = [
    ["name", test.name],
    ["trace id", test.traceId],
    ["span id", test.spanId],
    ...Object.entries(test.attributes ?? {}),
  ];
  return fields.flatMap(([key, it]) => (it ? [`whose ${key} ${inWords(it)}`] : [])).join(" and ");
}

function attributesHold(attributes: Attributes, tests: z.infer<typeof attributeTests> | undefined): boolean {
  return testAttributes(attributes, tests, "", "").every((it) => it.ok);
}

/** Whether a number is within a count. */
export function inCount(number: number, { min, max }: Count): boolean {
  return number >= (min ?? 0) && number <= (max ?? Number.POSITIVE_INFINITY);
}

/** A count in words: "3", "1 to 3", "at least 1". */
export function countInWords({ min, max }: Count): string {
  if (min === max) return String(min ?? "any number of");
  if (max === undefined) return `at least ${min}`;
  return min === undefined ? `at most ${max}` : `${min} to ${max}`;
}

/** Whether a value is as a test wants it. A number fits an equal bigint, but text never fits a number. */
export function holds(test: ValueTest, value: AttributeValue | undefined): boolean {
  if (value === undefined) return test.absent === true;
  const number = typeof value === "bigint" ? Number(value) : value;
  return (
    test.absent !== true &&
    (test.equals === undefined || isEqual(number, test.equals)) &&
    (test.oneOf === undefined || test.oneOf.some((it) => isEqual(number, it))) &&
    (test.matches === undefined ||
      (typeof value === "string" && new RegExp(test.matches, "u").test(value))) &&
    (test.type === undefined || typeOf(number) === test.type) &&
    (test.min === undefined || (typeof number === "number" && number >= test.min)) &&
    (test.max === undefined || (typeof number === "number" && number <= test.max))
  );
}

function isEqual(value: AttributeValue, wanted: AttributeValue): boolean {
  return Array.isArray(value) && Array.isArray(wanted)
    ? value.length === wanted.length && value.every((it, i) => isEqual(it, wanted[i] as AttributeValue))
    : value === wanted;
}

function typeOf(value: AttributeValue): string {
  return Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
}

/** A test in words: 'is "blue"', "is absent". */
export function inWords(test: ValueTest): string {
  return [
    ...(test.equals === undefined ? [] : [`is ${show(test.equals)}`]),
    ...(test.oneOf === undefined ? [] : [`is one of ${test.oneOf.map(show).join(", ")}`]),
    ...(test.matches === undefined ? [] : [`matches /${test.matches}/`]),
    ...(test.type === undefined ? [] : [`is of type ${test.type}`]),
    ...(test.min === undefined ? [] : [`is at least ${test.min}`]),
    ...(test.max === undefined ? [] : [`is at most ${test.max}`]),
    ...(test.present ? ["is there"] : []),
    ...(test.absent ? ["is absent"] : []),
  ].join(" and ");
}

function show(value: AttributeValue): string {
  return typeof value === "bigint"
    ? String(value)
    : JSON.stringify(value, (_, it: unknown) => (typeof it === "bigint" ? String(it) : it));
}
