#!/usr/bin/env node
// The `lab` command: lab/main.ts by way of the bootstrap, so that it runs from any Node >= 20.
process.argv.splice(2, 0, "lab/main.ts");
import("../bootstrap/run.mjs");
