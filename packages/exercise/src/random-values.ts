import { randomInt } from "node:crypto";
import * as z from "zod";

/** Values that are drawn anew for each check, by the names that stand for them: `{last}` in any text of the checks. */
export const randomSchema = z.record(
  z.string().regex(/^[a-z]\w*$/i),
  z.strictObject({
    /** So many decimal digits. */
    digits: z.int().min(1).max(16),
  }),
);

/** Draws the values of an exercise, so that no answer that was seen once is right the next time. */
export function drawValues(random: z.infer<typeof randomSchema>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(random).map(([name, { digits }]) => [
      name,
      Array.from({ length: digits }, () => randomInt(10)).join(""),
    ]),
  );
}

/** The same with each `{name}` in its texts replaced by the value of that name; other braces stay. */
export function fillValues<T>(it: T, values: Readonly<Record<string, string>>): T {
  if (typeof it === "string") {
    return it.replaceAll(/\{(\w+)\}/g, (whole, name: string) =>
      Object.hasOwn(values, name) ? (values[name] as string) : whole,
    ) as T;
  }
  if (Array.isArray(it)) return it.map((one) => fillValues(one, values)) as T;
  if (typeof it === "object" && it !== null) {
    return Object.fromEntries(Object.entries(it).map(([key, one]) => [key, fillValues(one, values)])) as T;
  }
  return it;
}
