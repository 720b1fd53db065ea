import { z } from "zod";
import { list, partNameSchema, partPlanSchema, signalSchema } from "./part-plan-schema.ts";
import type { PartPlan } from "./plan-types.ts";

/** How to reach the supervisor of a mesh. */
export const controlFileSchema = z.object({ port: z.number(), token: z.string() });

/** Each part comes once, and after those that it depends on: a circle would never start, and never stop. */
const parts = list(partPlanSchema).check(({ value, issues }) => {
  const before = new Set<string>();
  for (const [index, { name, dependsOn }] of value.entries()) {
    if (before.has(name)) {
      issues.push({ code: "custom", input: name, path: [index, "name"], message: "is there twice" });
    }
    for (const dependency of dependsOn.filter((it) => !before.has(it.name))) {
      const message = `does not come before ${name}, which depends on it`;
      issues.push({
        code: "custom",
        input: dependency,
        path: [index, "dependsOn", dependency.name],
        message,
      });
    }
    before.add(name);
  }
}) satisfies z.ZodType<PartPlan[]>;

/** A whole plan. */
export const convergeSchema = z.strictObject({
  files: list(z.string()),
  parts,
  partial: z.boolean(),
});

/** The answer to a converge request: names of parts. */
export const convergeResultSchema = z.object({
  started: z.array(z.string()),
  restarted: z.array(z.string()),
  unready: z.array(z.string()).default([]),
  removed: z.array(z.string()),
  unchanged: z.array(z.string()),
});

/** What can be asked for one part. `kill` leaves the restart policy in force, `stop` does not. */
export const partActionSchema = z.enum(["stop", "start", "restart", "kill"]);

/** What can be asked for one part. */
export type PartAction = z.infer<typeof partActionSchema>;

const signal = signalSchema.exactOptional();

/** A command for one part, from its path and its body; `stop` and `kill` may name the signal. */
export const partCommandSchema = z.discriminatedUnion("action", [
  z.strictObject({ name: partNameSchema, action: z.literal("stop"), signal }),
  z.strictObject({ name: partNameSchema, action: z.literal("kill"), signal }),
  z.strictObject({ name: partNameSchema, action: z.literal("start") }),
  z.strictObject({ name: partNameSchema, action: z.literal("restart") }),
]);

/** A command whose path says it all: to stop everything, to look at every part. */
export const nothingSchema = z.strictObject({});
