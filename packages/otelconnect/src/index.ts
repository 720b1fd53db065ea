export { createClientInterceptor } from "./client.ts";
export type {
  AnyMessage,
  ClientOptions,
  MessageOfCall,
  MessageSchema,
  Options,
  Request as RpcRequest,
  Response as RpcResponse,
  ServerOptions,
  StreamTracing,
} from "./options.ts";
export { createServerInterceptor } from "./server.ts";
export { spanKey } from "./span-key.ts";
export { createTraceContextPropagator } from "./trace-context-propagator.ts";
