export { deliver } from "./deliver.ts";
export { eventually } from "./eventually.ts";
export type { ServiceProcess } from "./service-process.ts";
export { startService } from "./service-process.ts";
