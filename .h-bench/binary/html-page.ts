import { escapeMarkup } from "./markup.ts";

/** What a page is made of. */
export interface HtmlPage {
  /** As text; it is escaped here. */
  readonly title: string;
  /** CSS. */
  readonly style: string;
  /** HTML, all text in it escaped. */
  readonly body: string;
}

/** Returns a page in one file that loads nothing and runs no script: a browser is told to refuse both. */
export function htmlPage({ title, style, body }: HtmlPage): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
