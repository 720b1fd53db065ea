const space = 0x20;
const tab = 0x09;

/**
 * Takes the spaces and tabs off both ends of a header's value or list member; `OWS` of RFC 9110, section 5.6.3.
 *
 * `trim()` would take more than those off, and a regular expression takes quadratic time for a long run of blanks in
 * the middle, which a stranger could send.
 */
export function trimOptionalWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) {
    start++;
  }
  while (end > start && isBlank(text.charCodeAt(end - 1))) {
    end--;
  }
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === space || code === tab;
}
