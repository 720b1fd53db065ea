import type { PaletteCommand } from "./commands.ts";
import { hashOf } from "./route.ts";
import { session } from "./session.ts";

/** Calls of the café from this browser, with which a trace begins here. Their code is loaded when one is made. */
export const cafeCommands: readonly PaletteCommand[] = (
  ["OrderDrink", "GetDrink", "WatchOrder"] as const
).map((rpc) => ({
  title: `Call the café from this browser: ${rpc}`,
  run: async () => {
    const edge = session.value?.edge;
    if (!edge) throw new Error("the mesh has no edge that this browser could call; `lab up` starts it");
    const { callCafe } = await import("../tracing/cafe.ts");
    const { code, message, durationMs, traceId } = await callCafe(edge, { rpc, drink: "espresso" });
    if (traceId !== undefined) location.hash = hashOf("traces", [traceId]);
    const how = code === "ok" ? "answered" : `failed: ${code} ${message ?? ""}`.trimEnd();
    return `${rpc} ${how} after ${durationMs.toFixed(1)} ms`;
  },
}));
