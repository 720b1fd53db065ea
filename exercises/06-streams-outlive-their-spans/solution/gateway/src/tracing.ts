import type { Interceptor } from "@connectrpc/connect";
import type { Context, Span } from "@opentelemetry/api";
import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("gateway");
const getter = {
  get: (header: Headers, key: string) => header.get(key) ?? undefined,
  keys: (header: Headers) => [...header.keys()],
};
const setter = { set: (header: Headers, key: string, value: string) => header.set(key, value) };

/** Runs every step of a stream in the span's context, and ends the span when the stream is over, however it ends. */
async function* untilItsEnd<T>(messages: AsyncIterable<T>, span: Span, active: Context): AsyncGenerator<T> {
  const steps = context.with(active, () => messages[Symbol.asyncIterator]());
  try {
    for (;;) {
      const step = await context.with(active, () => steps.next());
      if (step.done) return;
      yield step.value;
    }
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    await steps.return?.();
    span.end();
  }
}

/** Gives each call that the gateway answers a SERVER span. */
export const serverTracing: Interceptor = (next) => async (request) => {
  const method = `${request.service.typeName}/${request.method.name}`;
  const parent = propagation.extract(ROOT_CONTEXT, request.header, getter);
  const serverSpan = tracer.startSpan(method, { kind: SpanKind.SERVER }, parent);
  const serverContext = trace.setSpan(parent, serverSpan);
  try {
    const response = await context.with(serverContext, () => next(request));
    if (response.stream) {
      return { ...response, message: untilItsEnd(response.message, serverSpan, serverContext) };
    }
    serverSpan.end();
    return response;
  } catch (error) {
    serverSpan.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    serverSpan.end();
    throw error;
  }
};

/** Gives each call of the gateway to the backend a CLIENT span. */
export const clientTracing: Interceptor = (next) => async (request) => {
  const method = `${request.service.typeName}/${request.method.name}`;
  const clientSpan = tracer.startSpan(method, { kind: SpanKind.CLIENT });
  const clientContext = trace.setSpan(context.active(), clientSpan);
  propagation.inject(clientContext, request.header, setter);
  try {
    const response = await context.with(clientContext, () => next(request));
    if (response.stream) {
      return { ...response, message: untilItsEnd(response.message, clientSpan, clientContext) };
    }
    clientSpan.end();
    return response;
  } catch (error) {
    clientSpan.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    clientSpan.end();
    throw error;
  }
};
