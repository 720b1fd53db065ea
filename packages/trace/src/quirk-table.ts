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
    text: "has an id that is shorter than OpenTelemetry's (64-bit ids of Zipkin and Jaeger); zeros were put before it",
  },
  "foreign-id": {
    text: "has an id that is no hex number of OpenTelemetry's length; another was made of it, the same for the same word",
    remedy:
      "look for a span in the input by its name and time, as the ids that are printed are not in it; tracers write 32 hex digits for a trace and 16 for a span",
  },
  "time-unit": {
    text: "has a time in another unit than the format's (seconds, milliseconds, microseconds or nanoseconds); it was converted, and what is shorter than that unit is lost",
    remedy:
      "let what writes the file use the format's unit: OTLP nanoseconds, Jaeger and Zipkin microseconds",
  },
  "inexact-time": { text: "has a time written as a JSON number, which is exact to about 256 ns only" },
  "no-start": { text: "has no start time; its end time was used as both" },
  "no-end": {
    text: "has no end time: it had not ended when it was written, or is one half of a shared span; its start time was used as both",
  },
  "no-time": { text: "has neither start nor end" },
  "ends-before-start": {
    text: "ends before it starts; its times were left as they are",
    toldBy: "time.ends-before-start",
  },
  "unlikely-time": {
    text: "has a time before 1990 or after 2100, or lasts more than a year; an end after 2100 and a negative time count as missing, any other was kept",
    remedy:
      "look at what wrote the input: it may have left the field unset, counted from the machine's start, or used another unit",
  },
  "odd-status": {
    text: 'has a status in another form than that of OTLP ({"code": 2}); it was read by its meaning',
    remedy: "let what writes the file use OTLP's numbers, or other tools will show the span as successful",
  },
  "missing-kind": { text: "has no kind (SERVER, CLIENT, …)" },
  "settled-kind": {
    text: "has no kind; it counts as the CLIENT or the SERVER span of a call, as it is the only span between two services",
  },
  "missing-service": {
    text: "comes from a resource without service.name, or with an SDK's default for it (unknown_service); programs whose other resource attributes differ count as different services",
    remedy:
      "give the program a name: OTEL_SERVICE_NAME, or service.name among the attributes of the resource",
  },
  "missing-parent": { text: "names a parent that is not in the input", toldBy: "span.missing-parent" },
  "duplicate-span": { text: "is in the input more than once, unchanged; it was kept once" },
  "copied-span": {
    text: "was sent more than once, with different attributes or before it had ended; it was kept once, with what all its copies say",
    remedy:
      "send each span once: look for two exporters of one process, or two Collectors that both pass it on",
  },
  "conflicting-span": {
    text: "has an id that another, different span of the trace has; both were kept, this one under a new id",
    toldBy: "span.duplicate-id",
  },
  "shared-span-id": {
    text: "shares its id with the CLIENT span of the same call (Zipkin's shared spans); it was given an id of its own, below that span",
  },
  "span-in-parts": { text: "was reported in several parts; they were put together" },
  "half-shared-span": {
    text: "is a SERVER span that shares its id with its caller's CLIENT span (Zipkin's shared spans), and that CLIENT span is not in the input",
    remedy: "let the caller report its spans too, or read the file that has them along with this one",
  },
  "several-services": {
    text: "names another service than its resource does; it counts as a span of the service that it names",
  },
  "unreadable-span": { text: "could not be read and is left out", isLossy: true },
  "unreadable-value": {
    text: "has an attribute, event or link that is not of the format's shape; it was left out",
    isLossy: true,
  },
  "cut-off": {
    text: "is at a place where the input is cut off or broken; what came after it is missing",
    isLossy: true,
  },
  "late-span": {
    text: "came after its trace had been reported; it is reported as a trace of its own",
    isLossy: true,
  },
  "partial-answer": {
    text: "comes from an answer that Tempo marks as partial: the trace is not whole",
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
