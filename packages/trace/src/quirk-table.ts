/** What is said of an oddity beside its code. */
interface QuirkEntry {
  /** What was seen of a span, and what was made of it. */
  text: string;
  /** Something of the input is missing in what was read. */
  isLossy?: true;
  /** What to do about it; absent where there is nothing to do, as long as it is what was meant. */
  remedy?: string;
  /** The finding of `lab check` that tells the same with its edge and cause. */
  toldBy?: "span.missing-parent" | "time.ends-before-start" | "span.duplicate-id";
}

/**
 * What a reader may find odd, by its code. The codes are stable: scripts may rely on them. Types, texts, weights and
 * docs/reading-traces.md go by this table; a test holds the document to it.
 */
export const quirkTable = {
  "padded-id": {
    text: "has an id of fewer digits than OpenTelemetry's; zeros were put before it (64-bit ids of Zipkin and Jaeger)",
  },
  "time-unit": {
    text: "has a time in another unit than the format's (seconds, milliseconds, microseconds or nanoseconds); it was converted, and what is shorter than that unit is lost",
    remedy:
      "let what writes the file use the format's unit: OTLP nanoseconds, Jaeger and Zipkin microseconds",
  },
  "inexact-time": { text: "has a time that is a JSON number, which is exact to about 256 ns only" },
  "no-start": { text: "has no start time; its end was taken" },
  "no-end": {
    text: "has no end time: it was not finished when it was written, or is half of a span; its start was taken",
  },
  "no-time": { text: "has neither start nor end" },
  "ends-before-start": {
    text: "ends before it starts; its times were left as they are",
    toldBy: "time.ends-before-start",
  },
  "unlikely-time": {
    text: "has a time before 1990 or after 2100, or lasts more than a year: an end after 2100 or a time below zero was taken for a missing one, others were left as they are",
    remedy:
      "look at what wrote it: a field that was never set, a time since the machine's start, or another unit",
  },
  "odd-status": {
    text: 'has a status that is not written as OTLP has it ({"code": 2}); it was read as what it says',
    remedy:
      "let what writes the file use OTLP's numbers, or other tools will take the span for one that went well",
  },
  "missing-kind": { text: "says no kind (SERVER, CLIENT, …)" },
  "settled-kind": {
    text: "says no kind; it was taken for the CLIENT or the SERVER span of a call, as it is all that lies between two services",
  },
  "missing-service": {
    text: "comes from a resource without service.name, or with what an SDK puts there by itself (unknown_service); programs that the resource tells apart are told apart",
    remedy:
      "give the program a name: OTEL_SERVICE_NAME, or service.name among the attributes of the resource",
  },
  "missing-parent": { text: "names a parent that is not in the input", toldBy: "span.missing-parent" },
  "duplicate-span": { text: "stands in the input more than once, the same each time; it was kept once" },
  "copied-span": {
    text: "was sent more than once, on ways that added different attributes or before it had ended; it was kept once, with what its copies say",
    remedy:
      "send each span on one way: look for two exporters of one process, or two Collectors that both hand it on",
  },
  "conflicting-span": {
    text: "has an id that another, different span of the trace has; both were kept, this one under a new id",
    toldBy: "span.duplicate-id",
  },
  "shared-span-id": {
    text: "shares its id with the CLIENT span above it (Zipkin); it was given an id of its own, below that span",
  },
  "span-in-parts": { text: "was reported in parts, one of them without times; they were put together" },
  "half-shared-span": {
    text: "is the server's half of a call whose two halves have one id (Zipkin's B3); the caller's half, its CLIENT span, is not in the input",
    remedy: "let the caller report its spans too, or read the file that has them along with this one",
  },
  "several-services": {
    text: "names another service than its resource does; it was taken as a span of that service",
  },
  "unreadable-span": { text: "could not be read and is left out", isLossy: true },
  "unreadable-value": {
    text: "has an attribute, event or link that is not of the format's shape; it was left out",
    isLossy: true,
  },
  "cut-off": {
    text: "stood at a place where the input is cut off or broken; what came after it is missing",
    isLossy: true,
  },
  "late-span": {
    text: "came after its trace had been given out; it is given in a piece of its own",
    isLossy: true,
  },
  "partial-answer": {
    text: "comes from an answer of which Tempo says that it is not the whole trace",
    isLossy: true,
  },
  "tool-warning": { text: "carries a warning of the tool that saved it" },
} as const satisfies Record<string, QuirkEntry>;

/** A stable code for an oddity. */
export type QuirkCode = keyof typeof quirkTable;

/** What is said of an oddity. */
export function quirkEntry(code: QuirkCode): QuirkEntry {
  return quirkTable[code];
}

/** Whether there is an oddity of that code. */
export function isQuirkCode(code: string): code is QuirkCode {
  return Object.hasOwn(quirkTable, code);
}
