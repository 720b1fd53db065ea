import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The file of a folder with the token of its session. */
export function tokenFile(folder: string): string {
  return join(folder, "token");
}

/** The token of a session, if it has one yet; a file with anything else in it counts as none. */
export function readToken(folder: string): string | undefined {
  try {
    return /^[A-Za-z0-9_-]{43}$/.exec(readFileSync(tokenFile(folder), "utf8"))?.[0];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * The token of the session that a folder is for, which outlasts the server, so that a page which is still open finds the next one.
 * Only its owner can read it.
 */
export function ensureToken(folder: string): string {
  const known = readToken(folder);
  const token = known ?? randomBytes(32).toString("base64url");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (known === undefined) writeFileSync(tokenFile(folder), token, { mode: 0o600 });
  // Also of a file that somebody has copied here.
  chmodSync(tokenFile(folder), 0o600);
  return token;
}
