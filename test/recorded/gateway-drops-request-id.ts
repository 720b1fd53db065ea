// A gateway that passes traceparent on but not x-request-id, in which the edge's Envoy wrote its sampling decision.
import { runBrokenGateway } from "./run-broken-gateway.ts";

await runBrokenGateway((header) => () => header.delete("x-request-id"));
