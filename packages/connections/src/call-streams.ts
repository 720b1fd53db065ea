import { AsyncLocalStorage } from "node:async_hooks";
import type { ClientHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import type { Interceptor } from "@connectrpc/connect";

/** The streams that the running call has opened. */
const streamsOfCall = new AsyncLocalStorage<ClientHttp2Stream[]>();

/** Notes that the running call has opened a stream; nothing happens outside of one. */
export function noteStream(stream: ClientHttp2Stream): void {
  streamsOfCall.getStore()?.push(stream);
}

/**
 * Makes an interceptor that ends the streams of a call that was answered although its request was not read to the end, as a
 * server answers a message that is too large. It belongs next to the transport. Such a stream stays open with bytes that nobody
 * takes, and Node counts them against the memory of the connection, until all calls on it fail with ENHANCE_YOUR_CALM.
 *
 * Not before the caller has read the whole answer: connect-node takes a reset for the answer's end, and would give a
 * reader that is slower than the network `canceled` in place of the status that the server has sent.
 */
export function createStreamCleanup(): Interceptor {
  return (next) => async (request) => {
    const streams: ClientHttp2Stream[] = [];
    const response = await streamsOfCall.run(streams, () => next(request));
    if (response.stream) {
      return { ...response, message: endAfter(response.message, streams) };
    }
    endUnfinished(streams);
    return response;
  };
}

async function* endAfter<T>(messages: AsyncIterable<T>, streams: ClientHttp2Stream[]): AsyncGenerator<T> {
  yield* messages;
  endUnfinished(streams);
}

/**
 * Ends the streams whose request was not sent to its end. connect-node ends those of a call that failed by itself.
 *
 * The code is CANCEL: a server on Node keeps a stream that is reset with NO_ERROR for as long as data of it is unread.
 */
function endUnfinished(streams: ClientHttp2Stream[]): void {
  for (const stream of streams) {
    if (!stream.writableFinished) {
      stream.close(constants.NGHTTP2_CANCEL);
    }
  }
}
