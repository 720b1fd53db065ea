// The gateway as it is in the lab, but for two things: each of its spans says which shop the call is for, and a question that
// the kitchen cannot answer at the moment goes to another kitchen, which can. Each try has a CLIENT span of its own.
import { create } from "@bufbuild/protobuf";
import type { Interceptor } from "@connectrpc/connect";
import { Code, ConnectError } from "@connectrpc/connect";
import { runGateway } from "@envoy-mesh-lab/gateway";
import { createClientInterceptor } from "@envoy-mesh-lab/otelconnect";
import { GetRecipeRequestSchema, KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import type { Context } from "@opentelemetry/api";
import { propagation } from "@opentelemetry/api";
import type { Span, SpanProcessor } from "@opentelemetry/sdk-trace";

const shopProcessor: SpanProcessor = {
  onStart(span: Span, parent: Context) {
    const shop = propagation.getBaggage(parent)?.getEntry("cafe.shop")?.value;
    if (shop) span.setAttribute("cafe.shop", shop);
  },
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

const withAnotherKitchen: Interceptor = (next) => async (request) => {
  if (request.stream || request.method !== KitchenService.method.getRecipe) return next(request);
  try {
    return await next(request);
  } catch (error) {
    if (ConnectError.from(error).code !== Code.Unavailable) throw error;
    // What was to go wrong went wrong in the first.
    const { drink } = request.message as { drink?: string };
    return next({
      ...request,
      message: create(GetRecipeRequestSchema, drink === undefined ? {} : { drink }),
    });
  }
};

await runGateway({
  interceptors: [withAnotherKitchen, createClientInterceptor()],
  spanProcessors: [shopProcessor],
});
