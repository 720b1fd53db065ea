/**
 * An HTTP API that traces are asked of: its base URL; or that with headers for each question, which may hold what nobody should
 * see, such as tokens, and so are told by no error.
 */
export type HttpStore = string | { readonly url: string; readonly headers: Readonly<Record<string, string>> };

/** How long an answer may take, in milliseconds. */
const answerTimeout = 10_000;

/** Where a store is, for messages: without a path, and without a name and password. */
export function originOf(store: HttpStore): string {
  return new URL(urlOf(store)).origin;
}

/**
 * Asks a store something.
 *
 * @param path from the base URL on, which may have a path of its own, as behind a gateway.
 * @throws {Error} in the words of the network when no answer comes.
 */
export async function askStore(
  store: HttpStore,
  path: string,
  query?: URLSearchParams,
): Promise<{ response: Response; text: string }> {
  const url = new URL(urlOf(store));
  url.pathname = url.pathname.replace(/\/+$/, "") + path;
  if (query !== undefined) url.search = query.toString();
  const headers = typeof store === "string" ? {} : store.headers;
  try {
    const response = await fetch(url, {
      headers: { accept: "application/json", ...headers },
      signal: AbortSignal.timeout(answerTimeout),
      // A header with a token is for whom it was given, and for no other.
      redirect: typeof store === "string" ? "follow" : "error",
    });
    return { response, text: await response.text() };
  } catch (error) {
    throw error instanceof Error && error.cause instanceof Error ? error.cause : error;
  }
}

function urlOf(store: HttpStore): string {
  return typeof store === "string" ? store : store.url;
}
