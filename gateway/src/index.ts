/** What the mistakes and exercises that replace the gateway's entry file build on. */
export { createCafe } from "./cafe.ts";
export { gatewayEnvironment } from "./environment.ts";
export { createKitchenClients, inherit } from "./kitchen-client.ts";
export { runGateway } from "./run-gateway.ts";
