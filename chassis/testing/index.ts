export { eventually } from "./eventually.ts";
export type { LogLine, ServiceProcess } from "./service-process.ts";
export { startService } from "./service-process.ts";
