import type { Attributes } from "@opentelemetry/api";
import { shorten } from "./shorten.ts";

/**
 * Headers that are known to carry secrets. What is captured is stored and shown far from where it was secret,
 * so these are refused even when they are asked for.
 */
const secretHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-amz-security-token",
  "x-api-key",
  "x-auth-token",
  "x-csrf-token",
  "x-goog-api-key",
  "x-xsrf-token",
]);

/** What RFC 9110 allows in the name of a header. */
const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/**
 * Reads a list of header names.
 *
 * @returns The names in lower case without doubles, or what is expected instead.
 */
export function readHeaderNames(value: unknown): readonly string[] | string {
  if (!Array.isArray(value) || !value.every((name) => typeof name === "string")) {
    return "a list of header names";
  }
  const names = [...new Set(value.map((name: string) => name.toLowerCase()))];
  const malformed = names.find((name) => !headerName.test(name));
  if (malformed !== undefined) {
    return `a list of header names, which ${JSON.stringify(malformed)} is none of,`;
  }
  const secret = names.find((name) => secretHeaders.has(name));
  return secret === undefined ? names : `without ${JSON.stringify(secret)}, which carries secrets,`;
}

/** A header to capture, and the attribute that it becomes. */
export interface CapturedHeader {
  readonly name: string;
  readonly attribute: string;
}

/** Makes the list of headers to capture from an option that was checked. */
export function capturedHeaders(
  option: readonly string[] | undefined,
  attribute: (name: string) => string,
): readonly CapturedHeader[] {
  const names = readHeaderNames(option ?? []);
  return typeof names === "string" ? [] : names.map((name) => ({ name, attribute: attribute(name) }));
}

/**
 * The attributes of those headers that are present, none where there are no headers. Several lines of one are joined, as
 * `Headers` gives them; long values are cut.
 */
export function captureHeaders(
  captured: readonly CapturedHeader[],
  headers: Headers | undefined,
): Attributes {
  const attributes: Attributes = {};
  for (const { name, attribute } of captured) {
    const value = headers?.get(name) ?? null;
    if (value !== null) {
      attributes[attribute] = [shorten(value)];
    }
  }
  return attributes;
}
