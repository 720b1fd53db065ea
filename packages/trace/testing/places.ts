import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";

/** Traces of meshes that were really broken, each in one way; test/recorded/record.ts records them anew. */
export const recordedFolder = join(import.meta.dirname, "..", "recorded", "broken-meshes");

/** The sample traces that users are told to try. */
export const samples = join(repoRoot, "samples");
