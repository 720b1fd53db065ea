export type { Conduct } from "./behavior.ts";
export { conductOf } from "./behavior.ts";
export { readConfig } from "./config.ts";
export { createLogger } from "./logger.ts";
export { runService } from "./run-service.ts";
export { startServer } from "./server.ts";
export { quote } from "./text.ts";
export { createTracedTransports } from "./transports.ts";
export { httpUrl, oneOf } from "./values.ts";
