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
 * Makes an interceptor that ends the streams of a call once the caller is through with it; it belongs next to the
 * transport. Two kinds of call leave a stream open:
 *
 * - One that failed: connect-node 2.2.0 does not read the body of an answer that is not of its protocol, such as an
 *   Envoy's own "no healthy upstream". Node ends no stream whose data is unread, not even one that is reset: each such
 *   call would keep its answer in memory, its connection open and the process alive.
 * - One that is answered although its request was not read to the end, as a server answers a message that is too large:
 *   the stream stays open with bytes that nobody takes, and Node counts them against the memory of the connection, until
 *   all calls on it fail with ENHANCE_YOUR_CALM.
 *
 * Not before the caller has read the whole answer: connect-node takes a reset for the answer's end, and would give a
 * reader that is slower than the network `canceled` in place of the status that the server has sent.
 */
export function createStreamCleanup(): Interceptor {
  return (next) => async (request) => {
    const streams: ClientHttp2Stream[] = [];
    try {
      const response = await streamsOfCall.run(streams, () => next(request));
      if (response.stream) {
        return { ...response, message: endAfter(response.message, streams) };
      }
      endUnfinished(streams);
      return response;
    } catch (error) {
      end(streams);
      throw error;
    }
  };
}

async function* endAfter<T>(messages: AsyncIterable<T>, streams: ClientHttp2Stream[]): AsyncGenerator<T> {
  try {
    yield* messages;
    endUnfinished(streams);
  } catch (error) {
    end(streams);
    throw error;
  }
}

/**
 * Ends the streams whose request was not sent to its end.
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

/** Ends streams, also those that the server has closed while their data waits to be read. */
function end(streams: ClientHttp2Stream[]): void {
  for (const stream of streams) {
    stream.close(constants.NGHTTP2_CANCEL);
    stream.destroy();
  }
}
