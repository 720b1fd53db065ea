#!/usr/bin/env node
// The `meshtrace` command in the repository: main.ts by way of the bootstrap, so that it runs from any Node >= 20.
process.argv.splice(2, 0, "packages/meshtrace/main.ts");
import("../../bootstrap/run.mjs");
