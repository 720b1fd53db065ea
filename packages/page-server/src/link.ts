/** The parameter of the link with the token of the session. */
export const tokenParameter = "token";

/** The link that opens the page. */
export function linkOf(origin: string, token: string): string {
  return `${origin}/?${tokenParameter}=${token}`;
}
