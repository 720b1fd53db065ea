export type { Conduct } from "./behavior.ts";
export { conductOf } from "./behavior.ts";
export type { ServiceConfig } from "./config.ts";
export type { Logger } from "./logger.ts";
export { runService } from "./run-service.ts";
export type { Protocol, Transports } from "./transports.ts";
export { createTransports } from "./transports.ts";
export { httpUrl, oneOf } from "./values.ts";
