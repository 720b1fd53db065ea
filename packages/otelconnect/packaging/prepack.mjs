import { copyFile, readFile, writeFile } from "node:fs/promises";
import { build } from "./build.mjs";
import { publishedManifest } from "./manifest.mjs";
import { manifestPath, restoreManifest, savedPath } from "./saved-manifest.mjs";

// A pack before this one may have been interrupted.
await restoreManifest();
await build();
await copyFile(manifestPath, savedPath);
const manifest = JSON.parse(await readFile(manifestPath, "utf8"));
await writeFile(manifestPath, `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
