/** Any JSON object; what it holds is looked at field by field. */
export type Raw = Record<string, unknown>;

/** Whether the value is a JSON object. */
export function isObject(value: unknown): value is Raw {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
