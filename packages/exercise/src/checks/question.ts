import { whereSchema } from "@envoy-mesh-lab/check";
import * as z from "zod";

const pick = z.strictObject({
  where: whereSchema.optional(),
  most: z.enum(["ownTime", "duration"]).optional(),
});
const answer = z.union([z.string(), z.number(), z.boolean()]);
/** What the right answer is: the same for every trace (`is`), or read from the learner's own. */
const truth = z.union([
  z.strictObject({ is: answer }),
  z.strictObject({ count: whereSchema }),
  z.strictObject({ spanId: pick }),
  z.strictObject({ parentSpanId: pick }),
  z.strictObject({ service: pick }),
  /** In milliseconds. */
  z.strictObject({ ownTime: pick, tolerance: z.number().min(0).max(1) }),
]);

/** A question to the learner, and how its right answer is known. */
export const question = z.strictObject({
  key: z.string(),
  ask: z.string(),
  truth,
  /** Where to look, for who is wrong. */
  look: z.string(),
});
export type Question = z.infer<typeof question>;
