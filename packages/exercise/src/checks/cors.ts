/** What a page wants to send to another origin than its own, without credentials. */
export interface CrossOrigin {
  /** The page's: "https://guests.cafe.example". */
  readonly origin: string;
  /** Names of the headers that need a preflight, in lower case. */
  readonly headers: readonly string[];
}

/** What a server has answered. */
export interface Answer {
  readonly status: number;
  readonly headers: Pick<Headers, "get">;
}

/** The headers of the preflight that a browser sends before such a call (Fetch standard, "CORS-preflight fetch", steps 3 to 5). */
export function preflightHeaders({ origin, headers }: CrossOrigin): Record<string, string> {
  return {
    origin,
    "access-control-request-method": "POST",
    "access-control-request-headers": headers.toSorted().join(","),
  };
}

/**
 * Why a browser does not send a POST after such a preflight, in words; undefined when it does (Fetch standard, "CORS-preflight
 * fetch", step 7). POST itself need not be allowed, as a form could send it too.
 */
export function refusalOf(answer: Answer, { origin, headers }: CrossOrigin): string | undefined {
  if (answer.status < 200 || answer.status > 299) return `the preflight is answered with ${answer.status}`;
  const unread = unreadable(answer, origin);
  if (unread !== undefined) return unread;
  const given = answer.headers.get("access-control-allow-headers") ?? "";
  const allowed = given
    .split(",")
    .map((it) => it.trim().toLowerCase())
    .filter((it) => it !== "");
  // Whoever says * means all of them but this one, as no credentials are sent.
  const covers = (name: string) =>
    allowed.includes(name) || (allowed.includes("*") && name !== "authorization");
  const missing = headers.filter((it) => !covers(it));
  if (missing.length === 0) return undefined;
  return `access-control-allow-headers has no ${missing.join(" and no ")}, only: ${allowed.join(", ") || "nothing"}`;
}

/** Why a browser lets no page of an origin read an answer (Fetch standard, "CORS check"); undefined when it does. */
export function unreadable({ headers }: Pick<Answer, "headers">, origin: string): string | undefined {
  const allowed = headers.get("access-control-allow-origin");
  if (allowed === "*" || allowed === origin) return undefined;
  return `access-control-allow-origin is ${allowed === null ? "absent" : `"${allowed}"`}, and the page is of ${origin}`;
}
