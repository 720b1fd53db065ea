import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Whether the terminal is one of those that are known to take links (OSC 8), by what they tell of themselves. In others the
 * escape sequence could be seen. `FORCE_HYPERLINK=1` says that it takes them, `FORCE_HYPERLINK=0` that it does not.
 */
export function takesLinks(env: NodeJS.ProcessEnv): boolean {
  if (env.FORCE_HYPERLINK !== undefined) return env.FORCE_HYPERLINK !== "0";
  // Within tmux and screen it is theirs to pass them on, and they do not say whether they do.
  if (env.TERM === "dumb" || env.CI || env.TMUX || env.STY) return false;
  return (
    /^(iTerm\.app|vscode|WezTerm|ghostty|Hyper|Tabby)$/.test(env.TERM_PROGRAM ?? "") ||
    Number(env.VTE_VERSION ?? 0) >= 5000 ||
    ["KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM"].some((it) => env[it]) ||
    /^(xterm-kitty|alacritty|foot)/.test(env.TERM ?? "")
  );
}

/** A path in which there is a folder at least, and the line behind it. */
const place = /(?<![\w/.:-])((?:\.{1,2}\/)*[\w.-]+(?:\/[\w.-]+)+)(:\d+)?/g;

/**
 * Makes links of the files that a text names, where the terminal takes them.
 *
 * @param from the folder from which paths are reported.
 */
export function linkFiles(
  text: string,
  env: NodeJS.ProcessEnv = process.env,
  from = env.INIT_CWD ?? process.cwd(),
): string {
  if (!takesLinks(env)) return text;
  return text.replaceAll(place, (found: string, path: string, line: string | undefined) => {
    const file = resolve(from, path);
    if (!existsSync(file)) return found;
    const url = pathToFileURL(file);
    // Who opens it may be on another machine than who runs this.
    url.hostname = hostname();
    return `\u001B]8;;${url.href}${line === undefined ? "" : `#${line.slice(1)}`}\u001B\\${found}\u001B]8;;\u001B\\`;
  });
}
