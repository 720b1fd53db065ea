export type { Http2Sessions } from "./http2-sessions.ts";
export { createHttp2Sessions } from "./http2-sessions.ts";
export type { Protocol, TransportOptions, Transports } from "./transports.ts";
export { createTransports, protocols } from "./transports.ts";
