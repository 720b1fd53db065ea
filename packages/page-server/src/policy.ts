/**
 * The headers of every answer. The page runs no script but its own files, and talks to nobody but its server and the edge.
 *
 * @param edge the origin of the mesh's edge, which the page's own calls go to; undefined when there is none to call.
 */
export function policyHeaders(edge: string | undefined): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "worker-src 'self'",
    `connect-src 'self'${edge === undefined ? "" : ` ${edge}`}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return {
    "content-security-policy": policy,
    // A file is what its type says, whatever is in it.
    "x-content-type-options": "nosniff",
    // An address here may hold the id of a trace, or the token.
    "referrer-policy": "no-referrer",
    // No page of elsewhere gets at this one's window, or embeds what it is made of.
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-frame-options": "DENY",
  };
}
