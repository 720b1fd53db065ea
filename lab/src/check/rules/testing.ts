import { drawnTrace } from "../drawn-trace.ts";
import { indexTrace } from "../trace-index.ts";
import { applyRules } from "./index.ts";

/** The codes and edges that the rules find in a drawn trace. */
export function found(drawing: string): string[] {
  return applyRules(indexTrace(drawnTrace(drawing))).map((it) => `${it.code}: ${it.edge}`);
}

/** The evidence of the first finding; empty when there is none. */
export function evidence(drawing: string): string {
  return applyRules(indexTrace(drawnTrace(drawing)))[0]?.evidence ?? "";
}
