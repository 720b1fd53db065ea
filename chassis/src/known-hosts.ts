import type { IncomingHttpHeaders } from "node:http";
import type { RequestHandler } from "./request-handler.ts";

/** The names that need no setting: those of this machine for itself. */
const ownHosts = ["localhost", "127.0.0.1", "[::1]"] as const;

/** The name that a request was sent to, without its port and in lower case; undefined when it says none. */
export function hostOf(headers: IncomingHttpHeaders): string | undefined {
  const authority = headers[":authority"] ?? headers.host;
  return /^(\[[^\]]*\]|[^:@]*)(?::\d*)?$/.exec(String(authority ?? ""))?.[1]?.toLowerCase() || undefined;
}

/**
 * Passes on what was sent to one of these names, and answers the rest with 421 (RFC 9110, section 15.5.20).
 *
 * A web page can give its own name the address of this service (DNS rebinding). The browser then takes the service for the
 * page's own site and lets the page read its answers; but the request carries the page's name.
 */
export function onlyKnownHosts(hosts: readonly string[], handler: RequestHandler): RequestHandler {
  const known = new Set<string>([...ownHosts, ...hosts.map((it) => it.toLowerCase())]);
  return (request, response) => {
    if (known.has(hostOf(request.headers) ?? "")) {
      handler(request, response);
      return;
    }
    response.writeHead(421, { "content-type": "application/json" });
    response.end(
      `${JSON.stringify({ error: "this service does not go by that name; ALLOWED_HOSTS has its names" })}\n`,
    );
  };
}
