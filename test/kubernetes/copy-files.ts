// Copies what Kustomize must have in a folder of its own: node bootstrap/run.mjs test/kubernetes/copy-files.ts
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { copiedFiles } from "./copied-files.ts";

for (const { from, to } of copiedFiles) copyFileSync(join(repoRoot, from), join(repoRoot, to));
