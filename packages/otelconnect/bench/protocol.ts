import type { Attributes, SpanKind } from "@opentelemetry/api";
import type { VariantName } from "./variants.ts";

/** What a span of a variant looks like, so that the floor makes the same. */
export interface SpanSample {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** What a process gets on its command line, as JSON. */
export interface WorkerSetup {
  readonly role: "client" | "server" | "loop";
  readonly variant: VariantName;
  /** For a client: where its server listens. */
  readonly port?: number;
  /** For the floor, in its loop or in calls: the spans of the client and of the server that it makes. */
  readonly samples?: readonly SpanSample[];
}

/** What a process is asked over its channel. */
export type Question =
  | { readonly ask: "usage" }
  /** To collect all garbage. */
  | { readonly ask: "collect" }
  /** To make that many calls, one after the other on each of inFlight lines. */
  | { readonly ask: "calls"; readonly count: number };

/** What it answers, to each question. Counts are since the start of the process. */
export interface Usage {
  /** User time of all threads, in microseconds. */
  readonly cpu: number;
  /** Bytes in use on the JavaScript heap. */
  readonly heap: number;
  /** Garbage collections. */
  readonly collections: number;
  /** Spans that were exported. */
  readonly spans: number;
  /** Calls that the metrics have recorded. */
  readonly recorded: number;
  readonly sample?: SpanSample | undefined;
}

/** The first message of a process: it is ready. A server says where it listens. */
export interface Ready {
  readonly port: number;
}

/** Calls at a time: enough that the sockets are never idle, few enough that nothing queues for long. */
export const inFlight = 8;
