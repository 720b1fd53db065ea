import type { Finding } from "./findings.ts";
import type { OpenCall } from "./open-calls.ts";

/** The first span of a trace, as far as it may be where a context was lost. */
export type Root = {
  traceId: string;
  spanId: string;
  label: string;
  service: string;
  isProxy: boolean;
  /** An application's CLIENT span: it begins the trace because its handler's context was not there. */
  isCall: boolean;
  path: string | undefined;
  requestIds: string[];
  start: number;
  end: number;
};

/** What is to be told of a call whose context was lost, so that `root` began a trace of its own. */
export function lostBetween(root: Root, call: OpenCall): Finding {
  const why = call.isHandler
    ? {
        cause: `${call.service} took the context from the request, but its handler's calls run outside of it`,
        remedy: `activate the SERVER span's context around the handler in ${call.service} (context.with), and keep it over every await and callback`,
      }
    : call.isProxy
      ? {
          cause: root.isProxy
            ? `${root.service} did not take the context that ${call.service} sent, or another party between the two dropped it`
            : `${root.service} did not extract traceparent from the request's headers`,
          remedy: `let ${root.service} extract the context before it starts its SERVER span, with a propagator that reads traceparent`,
        }
      : {
          cause: `${call.service} sent the call without its context: its client does not inject traceparent, or a header rule removes it on the way${root.isProxy ? "" : `; or ${root.service} did not extract it`}`,
          remedy: `inject the context into the headers of the call in ${call.service}; the first part behind it that logs another trace_id tells where it is lost`,
        };
  return {
    code: "context.lost",
    edge: `${call.label} > ${root.label}`,
    evidence: `nothing is below ${call.label}, and ${root.label} is the root of another trace, ${root.traceId}, in the time of that call${root.path ? ` and with its path ${root.path}` : ""}`,
    ...why,
    spanIds: [call.spanId],
    otherTraceIds: [root.traceId],
  };
}
