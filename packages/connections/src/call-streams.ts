import { AsyncLocalStorage } from "node:async_hooks";
import { type ClientHttp2Stream, constants } from "node:http2";
import type { Interceptor } from "@connectrpc/connect";

/** The streams that the running call has opened. */
const streamsOfCall = new AsyncLocalStorage<ClientHttp2Stream[]>();

/** Notes that the running call has opened a stream; nothing happens outside of one. */
export function noteStream(stream: ClientHttp2Stream): void {
  streamsOfCall.getStore()?.push(stream);
}

/**
 * Makes an interceptor that ends what a failed call leaves open; it belongs next to the transport.
 *
 * connect-node 2.2.0 does not read the body of an answer that is not of its protocol, such as an Envoy's own
 * "no healthy upstream". Node ends no stream whose data is unread, not even one that is reset: each such call would
 * keep its answer in memory, its connection open and the process alive.
 */
export function createStreamCleanup(): Interceptor {
  return (next) => async (request) => {
    const streams: ClientHttp2Stream[] = [];
    try {
      const response = await streamsOfCall.run(streams, () => next(request));
      return response.stream ? { ...response, message: endOnError(response.message, streams) } : response;
    } catch (error) {
      end(streams);
      throw error;
    }
  };
}

async function* endOnError<T>(messages: AsyncIterable<T>, streams: ClientHttp2Stream[]): AsyncGenerator<T> {
  try {
    yield* messages;
  } catch (error) {
    end(streams);
    throw error;
  }
}

/** Ends streams, also those that the server has closed while their data waits to be read. */
function end(streams: ClientHttp2Stream[]): void {
  for (const stream of streams) {
    stream.close(constants.NGHTTP2_CANCEL);
    stream.destroy();
  }
}
