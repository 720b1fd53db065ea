export type { ClientOptions } from "./client.ts";
export { createClientInterceptor } from "./client.ts";
export type { ServerOptions } from "./server.ts";
export { createServerInterceptor } from "./server.ts";
