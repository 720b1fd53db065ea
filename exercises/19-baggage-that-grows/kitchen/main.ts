// The kitchen as it is in the lab, but for one thing: its spans say what came in the baggage. It writes the guest's last drinks
// on the cup, from the entries visit.1, visit.2 and so on: the first line of each is the drink.
import type { Interceptor } from "@connectrpc/connect";
import { kitchen } from "@envoy-mesh-lab/backend";
import { runService } from "@envoy-mesh-lab/chassis";
import { createServerInterceptor } from "@envoy-mesh-lab/otelconnect";
import { KitchenService } from "@envoy-mesh-lab/proto/kitchen/v1/kitchen_pb.ts";
import { context, propagation, trace } from "@opentelemetry/api";

const traced = createServerInterceptor();

const serverTracing: Interceptor = (next) =>
  traced((request) => {
    const span = trace.getActiveSpan();
    const entries = propagation.getBaggage(context.active())?.getAllEntries() ?? [];
    span?.setAttribute("cafe.baggage.bytes", request.header.get("baggage")?.length ?? 0);
    const tenant = entries.find(([key]) => key === "tenant.id")?.[1].value;
    if (tenant !== undefined) span?.setAttribute("tenant.id", tenant);
    const visits = entries
      .flatMap(([key, { value }]) => {
        const number = /^visit\.(\d+)$/.exec(key)?.[1];
        return number === undefined ? [] : [{ number: Number(number), drink: value.split("\n")[0] ?? "" }];
      })
      .sort((a, b) => b.number - a.number);
    if (visits.length > 0) {
      const last = visits.slice(0, 3).map(({ drink }) => drink);
      span?.setAttribute("cafe.visits.last", last.join(", "));
    }
    return next(request);
  });

await runService({
  defaults: { serviceName: "backend", listen: { host: "127.0.0.1", port: 8082 } },
  environment: {},
  services: [KitchenService.typeName],
  tracing: serverTracing,
  routes: () => (router) => router.service(KitchenService, kitchen),
});
