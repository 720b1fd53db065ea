import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const entry = fileURLToPath(import.meta.resolve("@connectrpc/connect"));
const manifest = `${entry.slice(0, entry.lastIndexOf("/dist/"))}/package.json`;
const [major = 0, minor = 0] = JSON.parse(readFileSync(manifest, "utf8")).version.split(".").map(Number);

const isSince23 = major > 2 || (major === 2 && minor >= 3);

/**
 * Whether this release of Connect tells its transports and interceptors that a reader leaves a stream, with `break` for
 * one. 2.3 is the first that does.
 */
export const hearsReadersLeave = isSince23;

/**
 * Whether a server of this release of Connect keeps the stream and the connection of a request that it has answered
 * without reading it to its end: it resets the stream with NO_ERROR, before any client can reset it with another code.
 * See docs/upstream/unread-request-keeps-connection.md.
 */
export const keepsUnreadRequests = isSince23;
