import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";

/** How often a question is asked in all. */
const attempts = 3;

/** Asks the kitchen again when it is unavailable, where asking twice does no harm. */
export const withRetries: Interceptor = (next) => async (request) => {
  if (request.method.idempotency !== MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS) return next(request);
  for (let attempt = 1; ; attempt++) {
    try {
      return await next(request);
    } catch (error) {
      const { code, metadata } = ConnectError.from(error);
      // A proxy that turns a call away says so: whoever comes back at once makes the crowd larger.
      const isTurnedAway = metadata.has("x-envoy-overloaded");
      if (attempt === attempts || code !== Code.Unavailable || isTurnedAway) throw error;
    }
  }
};
