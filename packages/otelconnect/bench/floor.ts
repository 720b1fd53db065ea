import type { Interceptor } from "@connectrpc/connect";
import { propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import type { SpanSample } from "./protocol.ts";

const tracer = trace.getTracer("floor");
const setter = { set: (carrier: Headers, key: string, value: string) => carrier.set(key, value) };
const getter = {
  get: (carrier: Headers, key: string) => carrier.get(key) ?? undefined,
  keys: (carrier: Headers) => [...carrier.keys()],
};

/**
 * What any tracer must do for one call, and nothing else: start the client's span, inject it, extract it, start the
 * server's span as its child, end both. The spans have the names, kinds and attributes of otelconnect's.
 *
 * @returns one pass
 */
export function floorPass([client, server]: readonly SpanSample[]): () => void {
  if (client === undefined || server === undefined) {
    throw new Error("the floor needs a sample of the client's and of the server's span");
  }
  const headers = new Headers({ "content-type": "application/proto", "user-agent": "connect-es/2.2.0" });
  return () => {
    const clientSpan = tracer.startSpan(client.name, client, ROOT_CONTEXT);
    propagation.inject(trace.setSpan(ROOT_CONTEXT, clientSpan), headers, setter);
    const parent = propagation.extract(ROOT_CONTEXT, headers, getter);
    const serverSpan = tracer.startSpan(server.name, server, parent);
    serverSpan.end();
    clientSpan.end();
  };
}

/**
 * The same work in the calls of connect-es: what it costs where it has to be done, between other work and in a context
 * that no cache holds, rather than in a loop. No span is active in the call, and none ends as it should on an error.
 */
export const floorInterceptors = {
  client(sample: SpanSample): Interceptor {
    return (next) => async (request) => {
      const span = tracer.startSpan(sample.name, sample, ROOT_CONTEXT);
      propagation.inject(trace.setSpan(ROOT_CONTEXT, span), request.header, setter);
      const response = await next(request);
      span.end();
      return response;
    };
  },
  server(sample: SpanSample): Interceptor {
    return (next) => async (request) => {
      const parent = propagation.extract(ROOT_CONTEXT, request.header, getter);
      const span = tracer.startSpan(sample.name, sample, parent);
      const response = await next(request);
      span.end();
      return response;
    };
  },
};
