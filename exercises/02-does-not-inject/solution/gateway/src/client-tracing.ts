import type { Interceptor } from "@connectrpc/connect";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("gateway");

/** Gives each call of the gateway to the backend a CLIENT span. */
export const clientTracing: Interceptor = (next) => async (request) => {
  const method = `${request.service.typeName}/${request.method.name}`;
  const span = tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes: { "rpc.method": method } });
  const active = trace.setSpan(context.active(), span);
  propagation.inject(active, request.header, { set: (header, key, value) => header.set(key, value) });
  try {
    return await context.with(active, () => next(request));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
};
