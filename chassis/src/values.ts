import { z } from "zod";

/**
 * Building blocks for settings that come as text, as environment variables do. Each message says what is
 * allowed; the name of the variable and its value are put in front by whoever reports it.
 */

/** A host and a port to listen on. */
export interface ListenAddress {
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** `host:port`; an IPv6 address stands in brackets. */
export const listenAddress = z.string().transform((text, issues): ListenAddress => {
  const match = /^(\[[\da-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65_535) {
    issues.addIssue('expected host:port, for example "127.0.0.1:8081"');
    return z.NEVER;
  }
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
});

/** Names of hosts, separated by commas, without ports. */
export const hostNames = z.string().transform((text, issues): readonly string[] => {
  const names = text.split(",").map((it) => it.trim());
  if (names.some((it) => !/^([\w.-]+|\[[\da-fA-F:.]+\])$/.test(it))) {
    issues.addIssue('expected names of hosts separated by commas, for example "gateway,edge"');
    return z.NEVER;
  }
  return names;
});

/** An `http` or `https` URL; given as it is written, without a trailing slash. */
export const httpUrl = z
  .string()
  .refine((text) => /^https?:$/.test(URL.parse(text)?.protocol ?? ""), {
    error: 'expected an http:// or https:// URL, for example "http://127.0.0.1:4317"',
  })
  .transform((text) => text.replace(/\/+$/, ""));

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000 };

/** A time such as `500ms`, `10s` or `2m`; a bare number is milliseconds. Given in milliseconds. */
export function duration(limits: { readonly min: number; readonly max: number }) {
  return z.string().transform((text, issues): number => {
    const match = /^(\d+(?:\.\d+)?)(ms|s|m)?$/.exec(text);
    const value = match === null ? Number.NaN : Number(match[1]) * (units[match[2] ?? "ms"] ?? 1);
    if (!(value >= limits.min && value <= limits.max)) {
      issues.addIssue(
        `expected a time from ${limits.min}ms to ${limits.max}ms, for example "10s" or "500ms"`,
      );
      return z.NEVER;
    }
    return value;
  });
}

/** A whole number within limits, both included. */
export function integer(limits: { readonly min: number; readonly max: number }) {
  return z.string().transform((text, issues): number => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= limits.min && value <= limits.max)) {
      issues.addIssue(`expected a whole number from ${limits.min} to ${limits.max}`);
      return z.NEVER;
    }
    return value;
  });
}

/** One of a few words. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, { error: `expected one of ${words.join(", ")}` });
}
