import { restoreManifest } from "./swap.mjs";

await restoreManifest();
