// By which headers the doorman's spans come into a trace, and go on in one.
import type { Context } from "@opentelemetry/api";
import { context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";

/** What the edge asks for each request, before it lets the request in. */
export interface Question {
  /** The headers of the request, as the guest's app has sent them to the edge. They stand in the question. */
  readonly request: Readonly<Record<string, string>>;
  /** The headers of the question itself, which is a gRPC call of the edge. gRPC calls them metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The context in which the doorman's SERVER span begins. */
export function incoming({ metadata }: Question): Context {
  return propagation.extract(ROOT_CONTEXT, metadata);
}

/**
 * The headers of what the doorman asks the guest list, about one question of the edge. It is called where the CLIENT span of that call
 * is the active one.
 */
export function outgoing(_: Question): Record<string, string> {
  const headers: Record<string, string> = {};
  propagation.inject(context.active(), headers);
  return headers;
}
