export { createClientInterceptor } from "./client.ts";
export type {
  AnyMessage,
  ClientOptions,
  MessageSchema,
  Options,
  Request as RpcRequest,
  ServerOptions,
} from "./options.ts";
export { createServerInterceptor } from "./server.ts";
export { createTraceContextPropagator } from "./trace-context-propagator.ts";
