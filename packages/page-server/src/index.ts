export { linkOf } from "./access.ts";
export { readAssets } from "./assets.ts";
export { type PageServer, servePage } from "./serve.ts";
export { pageRoutes } from "./services.ts";
