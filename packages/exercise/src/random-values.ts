import { randomBytes, randomInt } from "node:crypto";
import * as z from "zod";

const texts = z.strictObject({
  /** So many decimal digits. */
  digits: z.int().min(1).max(16),
});
const hexTexts = z.strictObject({
  /** So many hex digits in lower case. */
  hex: z.int().min(1).max(32),
});
const numbers = z
  .strictObject({ from: z.int(), to: z.int() })
  .refine(({ from, to }) => from <= to, { error: "from is more than to" });
const choices = z.strictObject({
  /** One of these. */
  of: z.array(z.string().min(1)).min(2),
});

/** Values that are drawn anew for each check, by the names that stand for them: `{last}` in any text of the checks. */
export const randomSchema = z.record(
  z.string().regex(/^[a-z]\w*$/i),
  z.union([texts, hexTexts, numbers, choices]),
);
type Random = z.infer<typeof randomSchema>;

/** A text that is nothing but the name of a value. */
const onlyName = /^\{(\w+)\}$/;

/**
 * A number, or the name of one that is drawn, `"{orders}"`. Its type is a number's, because that is what it is once
 * `fillValues` has put the value in.
 */
export function orDrawn<T extends z.ZodType<number>>(number: T) {
  return z.unknown().transform((it, context): number => {
    if (typeof it === "string" && onlyName.test(it)) return it as unknown as number;
    const parsed = number.safeParse(it);
    if (parsed.success) return parsed.data;
    for (const issue of parsed.error.issues)
      context.issues.push({ ...issue, input: it } as z.core.$ZodRawIssue);
    return z.NEVER;
  });
}

/** Draws the values of an exercise, so that no answer that was seen once is right the next time. */
export function drawValues(random: Random): Record<string, string | number> {
  return Object.fromEntries(Object.entries(random).map(([name, it]) => [name, drawValue(it)]));
}

function drawValue(it: Random[string]): string | number {
  if ("digits" in it) return Array.from({ length: it.digits }, () => randomInt(10)).join("");
  if ("hex" in it) return randomBytes(16).toString("hex").slice(0, it.hex);
  if ("of" in it) return it.of[randomInt(it.of.length)] as string;
  return randomInt(it.from, it.to + 1);
}

/**
 * The same with each `{name}` in its texts replaced by the value of that name; a text that is nothing else becomes the value
 * itself, so that numbers stay numbers. Other braces stay.
 */
export function fillValues<T>(it: T, values: Readonly<Record<string, string | number>>): T {
  if (typeof it === "string") {
    const [, whole] = onlyName.exec(it) ?? [];
    if (whole !== undefined && Object.hasOwn(values, whole)) return values[whole] as T;
    return it.replaceAll(/\{(\w+)\}/g, (text, name: string) =>
      Object.hasOwn(values, name) ? String(values[name]) : text,
    ) as T;
  }
  if (Array.isArray(it)) return it.map((one) => fillValues(one, values)) as T;
  if (typeof it === "object" && it !== null) {
    return Object.fromEntries(Object.entries(it).map(([key, one]) => [key, fillValues(one, values)])) as T;
  }
  return it;
}

/** Whether a text is nothing but a name, and so may become anything. */
export function isDrawn(it: string): boolean {
  return onlyName.test(it);
}

/** The same with a 1 for each name, to be looked at before anything was drawn. */
export function sampleOf(it: unknown): unknown {
  if (typeof it === "string") return isDrawn(it) ? 1 : it.replaceAll(/\{[a-z]\w*\}/gi, "1");
  if (Array.isArray(it)) return it.map(sampleOf);
  if (typeof it === "object" && it !== null) {
    return Object.fromEntries(Object.entries(it).map(([key, one]) => [key, sampleOf(one)]));
  }
  return it;
}
