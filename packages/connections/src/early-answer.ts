import type { ClientHttp2Stream } from "node:http2";
import { constants } from "node:http2";

/**
 * Keeps an answer that is complete before the server has read all of the request. The server then closes the stream with
 * NO_ERROR, and a client must not discard the answer for that (RFC 9113, section 8.1). Node 24 does: its readers take the event
 * `aborted`, and each write that fails, for the end of what they read, although all of it has come. See
 * docs/upstream/early-answer-is-lost.md.
 *
 * So of a stream that is closed in this way readers hear nothing, and only who writes hears that nobody takes it any more.
 */
export function keepEarlyAnswer(stream: ClientHttp2Stream): void {
  let isAnswered = false;
  stream.once("response", () => {
    isAnswered = true;
  });
  const isOver = () => isAnswered && stream.closed && stream.rstCode === constants.NGHTTP2_NO_ERROR;
  const { emit, write, _write, _writev } = stream;
  stream.emit = (event: string | symbol, ...args: unknown[]) =>
    isOver() && event === "aborted" ? false : Reflect.apply(emit, stream, [event, ...args]);
  stream.write = (...args: unknown[]) => {
    if (!isOver()) return Reflect.apply(write, stream, args);
    const callback = args.at(-1);
    if (typeof callback === "function") process.nextTick(callback, writeAfterEnd());
    return false;
  };
  // A write that waits to be sent as the stream is closed fails, and would fail the stream.
  type Callback = (error?: Error | null) => void;
  const settled = (callback: Callback): Callback => {
    return (error) => callback(isOver() ? null : error);
  };
  stream._write = (chunk, encoding, callback) => _write.call(stream, chunk, encoding, settled(callback));
  stream._writev = (chunks, callback) => _writev?.call(stream, chunks, settled(callback));
}

/** What Node says to who writes to a stream that was ended, and connect-node knows. */
function writeAfterEnd(): Error {
  return Object.assign(new Error("write after end"), { code: "ERR_STREAM_WRITE_AFTER_END" });
}
