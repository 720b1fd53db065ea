import { constants } from "node:os";
import { z } from "zod";
import type { PartPlan } from "./plan.ts";

/** How to reach the supervisor of a mesh. */
export const controlFileSchema = z.object({ port: z.number(), token: z.string() });

const parts = z.custom<readonly PartPlan[]>(
  (value) =>
    Array.isArray(value) && value.every((part) => typeof part?.name === "string" && Array.isArray(part.argv)),
);

/** A whole plan; only this program sends it, so its parts are checked in outline. */
export const convergeSchema = z.object({ files: z.array(z.string()), parts, partial: z.boolean() });

/** The answer to a converge request: names of parts. */
export const convergeResultSchema = z.object({
  started: z.array(z.string()),
  restarted: z.array(z.string()),
  removed: z.array(z.string()),
  unchanged: z.array(z.string()),
});

/** What can be asked for one part. `kill` leaves the restart policy in force, `stop` does not. */
export const partActionSchema = z.enum(["stop", "start", "restart", "kill"]);

/** What can be asked for one part. */
export type PartAction = z.infer<typeof partActionSchema>;

/** The signal of a `stop` or `kill`. */
export const signalSchema = z.custom<NodeJS.Signals>(
  (value) => typeof value === "string" && Object.hasOwn(constants.signals, value),
);
