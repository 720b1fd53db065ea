import type { Interceptor } from "@connectrpc/connect";
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("gateway");

/** Gives each call that the gateway answers a SERVER span. */
export const serverTracing: Interceptor = (next) => async (request) => {
  const method = `${request.service.typeName}/${request.method.name}`;
  const parent = propagation.extract(ROOT_CONTEXT, request.header, {
    get: (header, key) => header.get(key) ?? undefined,
    keys: (header) => [...header.keys()],
  });
  const span = tracer.startSpan(
    method,
    { kind: SpanKind.SERVER, attributes: { "rpc.method": method } },
    parent,
  );
  try {
    return await context.with(trace.setSpan(parent, span), () => next(request));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
};
