export { readAssets } from "./assets.ts";
export { linkOf } from "./link.ts";
export { type PageServer, servePage } from "./serve.ts";
export { pageRoutes } from "./services.ts";
