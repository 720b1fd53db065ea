export { bytesLeftByCall, collectGarbage } from "./heap.ts";
