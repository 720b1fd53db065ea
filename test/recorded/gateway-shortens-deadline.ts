// A gateway that tells the backend of a shorter deadline than it waits for itself.
import { runBrokenGateway } from "./run-broken-gateway.ts";

await runBrokenGateway((header) => () => header.set("connect-timeout-ms", "200"));
