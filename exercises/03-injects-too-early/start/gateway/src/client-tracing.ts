import type { Interceptor } from "@connectrpc/connect";
import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";

const tracer = trace.getTracer("gateway");
const headerSetter = { set: (header: Headers, key: string, value: string) => header.set(key, value) };

/** Tells the callee of a request which span it belongs to. */
function tell(header: Headers): void {
  propagation.inject(context.active(), header, headerSetter);
}

/** Gives each call of the gateway to the backend a CLIENT span. */
export const clientTracing: Interceptor = (next) => async (request) => {
  tell(request.header);
  const method = `${request.service.typeName}/${request.method.name}`;
  const span = tracer.startSpan(method, { kind: SpanKind.CLIENT, attributes: { "rpc.method": method } });
  try {
    return await next(request);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
};
