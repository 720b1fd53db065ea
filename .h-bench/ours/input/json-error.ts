/**
 * Says where JSON.parse failed: "line 3, character 17". V8's message gives the position, or else the token and ten
 * characters around it, by which the place is found.
 *
 * @returns an empty text when the message does not tell.
 */
export function placeOfJsonError(text: string, error: Error): string {
  const position = positionOf(text, error.message);
  if (position === undefined || position < 0) {
    return "";
  }
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  return `line ${line}, character ${position - before.lastIndexOf("\n")}`;
}

/** Where the next document begins, when the error is only that one follows. */
export function startOfNext(error: Error): number | undefined {
  const [, position] =
    /^Unexpected non-whitespace character after JSON at position (\d+)/.exec(error.message) ?? [];
  return position === undefined ? undefined : Number(position);
}

function positionOf(text: string, message: string): number | undefined {
  const [, told] = /at position (\d+)/.exec(message) ?? [];
  if (told !== undefined) {
    return Number(told);
  }
  if (message.startsWith("Unexpected end")) {
    return text.length;
  }
  const [, token, dots, snippet] =
    /^Unexpected token '?(.+?)'?, (\.\.\.)?"(.*)"(?:\.\.\.)? is not valid JSON$/s.exec(message) ?? [];
  if (token === undefined || snippet === undefined) {
    return undefined;
  }
  const start = text.indexOf(snippet);
  return start < 0 ? undefined : start + (dots === undefined ? Math.max(snippet.indexOf(token), 0) : 10);
}
