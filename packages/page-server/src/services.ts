import type { ConnectRouter } from "@connectrpc/connect";
import type { PageSettings } from "./session-service.ts";
import { sessionRoutes } from "./session-service.ts";

/** Everything that the page may ask for, beside its files: a line for each service. */
export function pageRoutes(router: ConnectRouter, settings: PageSettings): void {
  sessionRoutes(router, settings);
}
