import { bundle } from "./bundle.mjs";
import { publishManifest } from "./swap.mjs";

await bundle();
await publishManifest();
