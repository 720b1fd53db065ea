const unitMs: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/**
 * Milliseconds of a duration as Docker Compose writes it, for example `1m30s` or `1.5s`.
 * Undefined when the text is no such duration.
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") {
    return 0;
  }
  let total = 0;
  let end = 0;
  for (const match of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)/g)) {
    if (match.index !== end) {
      return undefined;
    }
    end += match[0].length;
    total += Number(match[1]) * (unitMs[match[2] ?? ""] ?? Number.NaN);
  }
  return end > 0 && end === text.length ? total : undefined;
}
