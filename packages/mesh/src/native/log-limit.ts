import { copyFile, rm, stat, truncate } from "node:fs/promises";

/** A log that grows beyond this, in bytes, is cut. */
const logLimit = 20 * 1024 * 1024;

/**
 * Cuts logs that have grown beyond `limit`: their text goes to `<log>.1`, in place of what was there, and they begin
 * anew. The file itself stays, because the part holds it open (for appending) and knows nothing of this.
 */
export async function limitLogs(paths: readonly string[], limit: number = logLimit): Promise<void> {
  for (const path of paths) {
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
      // A part that was never started has no log.
      if (error.code === "ENOENT") {
        return undefined;
      }
      throw error;
    });
    if (info && info.size > limit) {
      await copyFile(path, `${path}.1`).catch(async (error: NodeJS.ErrnoException) => {
        // With no room for both, the room matters more than the old lines.
        await rm(`${path}.1`, { force: true });
        if (error.code !== "ENOSPC") throw error;
      });
      await truncate(path, 0);
    }
  }
}
