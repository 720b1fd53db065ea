import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(import.meta.resolve("@connectrpc/connect"));
const manifest = `${entry.slice(0, entry.lastIndexOf("/dist/"))}/package.json`;
const [major = 0, minor = 0] = JSON.parse(readFileSync(manifest, "utf8")).version.split(".").map(Number);

/**
 * Whether this release of Connect tells its transports and interceptors that a reader leaves a stream, with `break` for
 * one. 2.3 is the first that does.
 */
export const hearsReadersLeave = major > 2 || (major === 2 && minor >= 3);
