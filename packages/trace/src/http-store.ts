import { setTimeout as delay } from "node:timers/promises";
import { ExitCode } from "./exit-codes.ts";
import { LabError } from "./lab-error.ts";

/**
 * An HTTP API that traces are asked of: its base URL, as the lab asks it; or that with who asks, and with headers for each
 * question, which may hold what nobody should see, such as tokens, and so are reported by no error.
 */
export type HttpStore =
  | string
  | {
      readonly url: string;
      readonly headers?: Readonly<Record<string, string>> | undefined;
      /** The program that asks, as the user types it. */
      readonly asker: string;
    };

/** How long a store is waited for, and how much it may answer. */
export interface AnswerLimits {
  /** Until the last byte of an answer, in milliseconds. */
  readonly answerMs: number;
  /** For a store that has too much to do (429), which is asked again, in milliseconds. */
  readonly busyMs: number;
  /** Of an answer, in bytes, unpacked: what does not end would take all memory. */
  readonly bytes: number;
}

const usualLimits: AnswerLimits = { answerMs: 10_000, busyMs: 10_000, bytes: 256 << 20 };

/** How soon a busy store is asked again at first when it does not say, in milliseconds. */
const firstPause = 150;

/** What a store has answered. */
export interface StoreAnswer {
  readonly status: number;
  readonly ok: boolean;
  readonly text: string;
}

/** Where a store is, for messages: without a path, and without a name and password. */
export function originOf(store: HttpStore): string {
  return new URL(urlOf(store)).origin;
}

/** The program that asks. */
export function askerOf(store: HttpStore): string {
  return typeof store === "string" ? "lab" : store.asker;
}

/**
 * Asks a store something; again while it has too much to do, as each question is as well asked a little later.
 *
 * @param path from the base URL on, which may have a path of its own, as behind a gateway.
 * @throws {Error} in words when no answer comes, or one that cannot be taken.
 */
export async function askStore(
  store: HttpStore,
  path: string,
  query?: URLSearchParams,
  limits = usualLimits,
): Promise<StoreAnswer> {
  const url = new URL(urlOf(store));
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  if (query !== undefined) url.search = query.toString();
  const deadline = Date.now() + limits.busyMs;
  for (let pause = firstPause; ; pause *= 2) {
    const { response, text } = await ask(url, headersOf(store), limits);
    const retryMs = Math.max(pause, retryAfter(response.headers.get("retry-after")));
    if (response.status !== 429 || Date.now() + retryMs > deadline) {
      return { status: response.status, ok: response.ok, text };
    }
    await delay(retryMs);
  }
}

/** What a store says that answers with an error, and what to do. */
export function refusedByStore(
  name: string,
  store: HttpStore,
  path: string,
  { status, text }: StoreAnswer,
): LabError {
  const own = askerOf(store) === "lab" ? "; `lab logs tempo` shows that of the lab's own" : "";
  const hint = [401, 403].includes(status)
    ? 'it wants to know who asks: `meshtrace` sends a token with --header "Authorization: env:VARIABLE", a tenant with --header "X-Scope-OrgID: NAME"'
    : status === 429
      ? "it has too much to do, or asks to be asked less often: try again later, or ask for less (--limit, --since)"
      : `its log says more${own}`;
  return new LabError(`${name} answered ${status} to ${path}: ${excerpt(text, store, 500)}`, {
    exitCode: ExitCode.notRunning,
    hint,
  });
}

function urlOf(store: HttpStore): string {
  return typeof store === "string" ? store : store.url;
}

function headersOf(store: HttpStore): Readonly<Record<string, string>> {
  return typeof store === "string" ? {} : (store.headers ?? {});
}

async function ask(
  url: URL,
  headers: Readonly<Record<string, string>>,
  { answerMs, bytes }: AnswerLimits,
): Promise<{ response: Response; text: string }> {
  const isOpen = Object.keys(headers).length === 0;
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", ...headers },
      signal: AbortSignal.timeout(answerMs),
      // A header with a token is for whom it was given, and for no other.
      redirect: isOpen ? "follow" : "manual",
    });
    if (!isOpen && response.status >= 300 && response.status < 400) {
      throw new Error(
        `it redirects (${response.status}) to ${placeOf(response, url)}, which is not followed, as the headers are for this address only`,
      );
    }
    return { response, text: await textOf(response, bytes) };
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") {
      throw new Error(`its answer was not there, or not whole, after ${answerMs / 1000} s`, {
        cause: error,
      });
    }
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  }
}

async function textOf({ body }: Response, most: number): Promise<string> {
  if (body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += chunk.length;
    if (length > most) {
      throw new Error(`its answer has more than ${most >> 20} MiB, which is the most that is read`);
    }
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}

/** RFC 9110, 10.2.3: seconds, or a date. In milliseconds; 0 where it says nothing. */
function retryAfter(header: string | null): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return Number.isNaN(ms) ? 0 : ms;
}

/** Where a redirect leads, without what may be secret in it. */
function placeOf({ headers }: Response, from: URL): string {
  const location = headers.get("location");
  return location !== null && URL.canParse(location, from.href)
    ? new URL(location, from.href).origin
    : "another place";
}

/** How an answer begins, for messages; without the values of headers, which a store may repeat in what it answers. */
export function excerpt(text: string, store: HttpStore, length: number): string {
  // `Bearer t0p`: the token may stand there without its scheme.
  const secrets = Object.values(headersOf(store)).flatMap((it) => [it, ...it.split(/\s+/)]);
  return secrets
    .filter((it) => it.length > 2)
    .reduce((rest, it) => rest.replaceAll(it, "…"), text.trim())
    .slice(0, length);
}
