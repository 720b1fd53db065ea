import type { Interceptor } from "@connectrpc/connect";
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("gateway");
const getter = {
  get: (header: Headers, key: string) => header.get(key) ?? undefined,
  keys: (header: Headers) => [...header.keys()],
};
const setter = { set: (header: Headers, key: string, value: string) => header.set(key, value) };

/** Gives each call that the gateway answers a SERVER span. */
export const serverTracing: Interceptor = (next) => async (request) => {
  const method = `${request.service.typeName}/${request.method.name}`;
  const parent = propagation.extract(ROOT_CONTEXT, request.header, getter);
  const serverSpan = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
  const serverContext = trace.setSpan(parent, serverSpan);
  try {
    return await context.with(serverContext, () => next(request));
  } catch (error) {
    serverSpan.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    serverSpan.end();
  }
};

/** Gives each call of the gateway to the backend a CLIENT span. */
export const clientTracing: Interceptor = (next) => async (request) => {
  const method = `${request.service.typeName}/${request.method.name}`;
  const clientSpan = tracer.startSpan(method, { kind: SpanKind.CLIENT });
  const clientContext = trace.setSpan(context.active(), clientSpan);
  propagation.inject(clientContext, request.header, setter);
  try {
    return await context.with(clientContext, () => next(request));
  } catch (error) {
    clientSpan.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    clientSpan.end();
  }
};
