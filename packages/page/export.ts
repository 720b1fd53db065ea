import { createHash } from "node:crypto";
import { join } from "node:path";

const source = join(import.meta.dirname, "src");

/** What the page as one file has in place of files of the served one. */
const inPlaceOf: Readonly<Record<string, string>> = {
  "shell/build-kind.ts": "static/build-kind.ts",
  "analysis/start-worker.ts": "static/start-worker.ts",
};

/**
 * The page as one HTML file, that reads, checks and compares trace files without any server, also on file://. Its policy allows
 * the script and the style that are in it, by their hashes, and no connection to anybody (Content Security Policy Level 3, "The meta element").
 *
 * @throws {Error} in Vite's own words when it cannot be built.
 */
export async function exportPage(): Promise<string> {
  const { build } = await import("vite");
  const result = await build({
    configFile: false,
    root: import.meta.dirname,
    logLevel: "warn",
    plugins: [
      {
        name: "in place of what needs a server",
        enforce: "pre",
        async resolveId(specifier, importer, options) {
          const found = await this.resolve(specifier, importer, { ...options, skipSelf: true });
          const other = Object.entries(inPlaceOf).find(([file]) => found?.id === join(source, file))?.[1];
          return other === undefined ? found : join(source, other);
        },
      },
    ],
    // Chromium loads no worker that is a module from a page on file://.
    worker: { format: "iife" },
    build: {
      write: false,
      target: "es2023",
      modulePreload: false,
      cssCodeSplit: false,
      reportCompressedSize: false,
      rolldownOptions: {
        // Nobody who exports a page can do anything about how long Vite's parts take.
        checks: { pluginTimings: false },
        input: join(source, "static", "main.tsx"),
        output: { codeSplitting: false },
      },
    },
  });
  const { output } = [result].flat()[0] as unknown as { readonly output: readonly Output[] };
  const script = output.find((it) => it.type === "chunk")?.code ?? "";
  const style = output.flatMap((it) =>
    it.type === "asset" && it.fileName.endsWith(".css") ? [it.source] : [],
  );
  return toHtml(script, style.join("\n"));
}

/** What Vite makes, as far as it is needed here. */
type Output =
  | { readonly type: "chunk"; readonly code: string }
  | { readonly type: "asset"; readonly fileName: string; readonly source: string | Uint8Array };

function toHtml(script: string, style: string): string {
  // What would end the element, or begin a comment in it, only ever stands in texts of the script.
  const safe = script.replaceAll(/<(?=\/script|!--|script)/gi, String.raw`\x3c`);
  const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(safe)}`,
    `style-src ${hashOf(style)}`,
    // The worker's code is in the script, which makes an address for it.
    "worker-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>Envoy Mesh Lab: traces</title>
<style>${style}</style>
</head>
<body>
<div id="page"></div>
<noscript>This page reads traces with JavaScript, which is switched off here.</noscript>
<script type="module">${safe}</script>
</body>
</html>
`;
}
