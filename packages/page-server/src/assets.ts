import { globSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";

/** A file of the page. */
export interface Asset {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Whether its name changes with what is in it, so that a browser need never ask again. */
  readonly isNamedByContent: boolean;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/**
 * All files of a built page by their path, in memory: they are few, and so no request can lead to another file, whatever its path
 * says, nor find a half-built page.
 */
export function readAssets(folder: string): ReadonlyMap<string, Asset> {
  const files = globSync("**/*", { cwd: folder }).filter((it) => types[extname(it)] !== undefined);
  const assets = new Map(
    files.map((file) => {
      const type = types[extname(file)] ?? "";
      const bytes = readFileSync(join(folder, file));
      return [`/${file}`, { type, bytes, isNamedByContent: file.startsWith("assets/") }] as const;
    }),
  );
  const index = assets.get("/index.html");
  if (index === undefined) throw new Error(`there is no page in ${folder}: it has no index.html`);
  return assets.set("/", index);
}
