import { restoreManifest } from "./saved-manifest.mjs";

await restoreManifest();
