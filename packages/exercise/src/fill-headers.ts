import { randomBytes } from "node:crypto";

/**
 * Puts random hex digits in the place of `{hex:16}` in header values, so that each call can bring ids of its own, such as
 * a `traceparent` of a trace that nobody else has.
 */
export function fillHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const digits = (count: string) => randomBytes(Number(count)).toString("hex").slice(0, Number(count));
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      value.replace(/\{hex:(\d{1,2})\}/g, (_, count: string) => digits(count)),
    ]),
  );
}
