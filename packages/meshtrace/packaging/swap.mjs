import { copyFile, readFile, rename, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { publishedManifest } from "./manifest.mjs";

/** package.json, which npm reads while it packs, and where the repository's own waits meanwhile. */
const manifestPath = fileURLToPath(new URL("../package.json", import.meta.url));
const savedPath = `${manifestPath}.workspace`;

/** Puts the published package.json in the place of the repository's. */
export async function publishManifest() {
  // A pack before this one may have been interrupted.
  await restoreManifest();
  await copyFile(manifestPath, savedPath);
  const manifest = JSON.parse(await readFile(manifestPath, "utf8"));
  await writeFile(manifestPath, `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
}

/** Puts the repository's package.json back, if another is in its place. */
export async function restoreManifest() {
  try {
    await rename(savedPath, manifestPath);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}
