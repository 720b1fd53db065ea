// A gateway that has a CLIENT span but does not tell the callee about it.
import { runBrokenGateway } from "./run-broken-gateway.ts";

await runBrokenGateway((header) => () => header.delete("traceparent"));
