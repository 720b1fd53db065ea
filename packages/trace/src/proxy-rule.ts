import { ExitCode } from "./exit-codes.ts";
import { LabError } from "./lab-error.ts";
import type { Span } from "./model.ts";

/** A rule of the user's own for which spans are a proxy's. */
export interface ProxyRule {
  /** The rule as it was written. */
  text: string;
  /** What it looks at: an attribute of the span or its resource, `name`, or `scope`. */
  key: string;
  matches: (span: Span) => boolean;
}

/**
 * Reads a rule: KEY=VALUE, KEY!=VALUE, or KEY=~REGEX (anywhere in the value, as JavaScript has it). KEY is an attribute
 * of the span or, if the span has none of that name, of its resource; `name` is the span's name, `scope` its
 * instrumentation scope.
 *
 * @throws {LabError} (exit code `usage`) when it is no rule.
 */
export function parseProxyRule(text: string): ProxyRule {
  const [, key, operator, value] = /^\s*([^=!~\s]+)\s*(=~|!=|=)\s*(.*)$/s.exec(text) ?? [];
  const wrong = (why: string) =>
    new LabError(`--proxy: "${text}" is not a rule: ${why}`, {
      exitCode: ExitCode.usage,
      hint: "it has the form service.name=~'-proxy$', component=proxy or name!=GET",
    });
  if (key === undefined || value === undefined) {
    throw wrong("it needs a key, one of = != =~, and a value");
  }
  if (operator !== "=~") {
    const same = operator === "=";
    return { text, key, matches: (span) => (read(span, key) === value) === same };
  }
  let pattern: RegExp;
  try {
    pattern = new RegExp(value, "u");
  } catch (error) {
    throw wrong((error as Error).message);
  }
  return { text, key, matches: (span) => pattern.test(read(span, key) ?? "") };
}

function read(span: Span, key: string): string | undefined {
  if (key === "name") return span.name;
  if (key === "scope") return span.scope.name;
  const value = span.attributes[key] ?? span.resource[key];
  return value === undefined || value === null || typeof value === "object" ? undefined : String(value);
}
