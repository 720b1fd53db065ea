import { rename } from "node:fs/promises";
import { fileURLToPath } from "node:url";

/** package.json, which npm reads while it packs. */
export const manifestPath = fileURLToPath(new URL("../package.json", import.meta.url));
/** Where the repository's own waits while the published one is in its place. */
export const savedPath = fileURLToPath(new URL("../package.json.workspace", import.meta.url));

/** Puts the repository's package.json back, if another is in its place. */
export async function restoreManifest() {
  try {
    await rename(savedPath, manifestPath);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) {
      throw error;
    }
  }
}
