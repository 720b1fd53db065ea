import { timingSafeEqual } from "node:crypto";
import { tokenParameter } from "./link.ts";

/** What of a request says from where it comes. */
export interface Caller {
  readonly method: string;
  /** The target as it was sent. */
  readonly target: string;
  /** Each header with all values that were sent for it. */
  readonly headers: Readonly<Record<string, readonly string[] | undefined>>;
}

/** What is done with a request: it is served, sent to the right address, with the cookie or without, or refused. */
export type Verdict =
  | { readonly kind: "serve"; readonly path: string }
  | { readonly kind: "redirect"; readonly location: string; readonly cookie?: string }
  | { readonly kind: "refuse"; readonly status: number; readonly why: string };

/** The names of this machine for itself; a page that was given the address by another name (DNS rebinding) comes with that one. */
const ownName = /^(127\.0\.0\.1|localhost)((?::\d{1,5})?)$/;

/** Where the healthy answer 200 to everybody, so that a supervisor need not know the token. */
export const healthPath = "/healthz";

/**
 * Says whether a request is served. It must have been sent to this machine by one of its own names, by no page but this one,
 * and with the token of the session: in the link that `lab ui` prints, or in the cookie that the link is exchanged for.
 *
 * @param token 32 random bytes in base64url.
 * @param port where browsers find the page. Cookies are of a host and not of a port (RFC 6265, 8.5), so that the pages of two meshes
 * need two names.
 */
export function judge(caller: Caller, token: string, port: number): Verdict {
  const { method, target, headers } = caller;
  const host = onlyOf(headers.host);
  const [, name, shownPort = ""] = ownName.exec(host ?? "") ?? [];
  if (name === undefined) {
    return refuse(421, "this server goes by 127.0.0.1 and localhost alone");
  }
  const origins = headers.origin ?? [];
  if (origins.some((it) => it !== `http://${host}`)) {
    return refuse(403, "only the page itself may ask this server");
  }
  // The absolute form is for proxies (RFC 9112, 3.2.2), and what browsers send begins with a slash.
  if (!/^\/[!-~]*$/.test(target) || target.startsWith("//")) {
    return refuse(400, "the target of the request is no path");
  }
  // One origin for one page: the edge answers to no other, and `localhost` may be another program's over IPv6.
  if (name !== "127.0.0.1") {
    return method === "GET"
      ? { kind: "redirect", location: `http://127.0.0.1${shownPort}${target}` }
      : refuse(421, "the page is at 127.0.0.1");
  }
  const url = new URL(target, `http://${host}`);
  const offered = url.searchParams.get(tokenParameter);
  const isNavigation = onlyOf(headers["sec-fetch-mode"]) === "navigate";
  // Fetch Metadata: which site asks. A GET of another page has no Origin, and pages of other ports count as the same site.
  const site = onlyOf(headers["sec-fetch-site"]) ?? "none";
  if (!["same-origin", "none"].includes(site) && !isNavigation) {
    return refuse(403, "only the page itself may ask this server");
  }
  if (method === "GET" && url.pathname === healthPath) return { kind: "serve", path: healthPath };
  if (offered !== null) {
    if (!isSame(offered, token)) return refuse(401, "this link is of another session");
    if (method !== "GET" || url.pathname !== "/") return refuse(400, "a link leads to the page itself");
    // `Secure` would keep it from http://, which is all that a server of this machine alone can speak.
    const cookie = `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict`;
    return { kind: "redirect", location: "/", cookie };
  }
  const given = cookiesOf(headers.cookie ?? [], cookieName(port));
  if (!given.some((it) => isSame(it, token))) return refuse(401, "the session's token is missing");
  return { kind: "serve", path: url.pathname };
}

function cookieName(port: number): string {
  return `envoy-mesh-lab-page-${port}`;
}

function cookiesOf(lines: readonly string[], name: string): string[] {
  return lines
    .flatMap((it) => it.split(";"))
    .map((it) => it.trim())
    .filter((it) => it.startsWith(`${name}=`))
    .map((it) => it.slice(name.length + 1));
}

/** The value of a header that was sent exactly once. */
function onlyOf(values: readonly string[] = []): string | undefined {
  return values.length === 1 ? values[0] : undefined;
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function refuse(status: number, why: string): Verdict {
  return { kind: "refuse", status, why };
}
