import { signal } from "@preact/signals";
import type { Route } from "./route.ts";
import { parseRoute } from "./route.ts";

/** Where one is on the page. */
export const route = signal<Route>(parseRoute(location.hash));

addEventListener("hashchange", () => {
  route.value = parseRoute(location.hash);
});
