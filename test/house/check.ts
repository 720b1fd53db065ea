// Checks the ways of imports: node bootstrap/run.mjs test/house/check.ts. CONTRIBUTING.md tells the rules.
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { readHouse } from "./house.ts";
import type { HouseRules } from "./rules.ts";
import { brokenRules } from "./rules.ts";

const forServices = ["otelconnect", "connections", "proto"];

/**
 * lab > page-server, incident > exercise, modes, meshtrace > check, compare, load, mesh > trace; services know only what is made for them. The page
 * runs in browsers, and what analyses traces runs there with it.
 */
const rules: HouseRules = {
  ways: {
    bootstrap: { code: [] },
    proto: { code: [] },
    otelconnect: { code: [], tests: ["connections"] },
    connections: { code: [], tests: ["proto"] },
    trace: { code: [], tests: ["bootstrap"] },
    check: { code: ["trace"], tests: ["bootstrap"] },
    compare: { code: ["trace"] },
    load: { code: ["trace", "connections", "proto"] },
    mesh: { code: ["trace", "bootstrap"] },
    exercise: {
      code: ["check", "compare", "load", "mesh", "trace", "bootstrap", "connections"],
      tests: ["proto"],
    },
    modes: { code: ["compare", "load", "mesh", "trace", "connections"] },
    incident: { code: ["exercise", "check", "load", "mesh", "trace", "bootstrap"] },
    meshtrace: { code: ["check", "compare", "trace"], tests: ["bootstrap"] },
    page: { code: ["check", "compare", "trace", "otelconnect", "proto", "bootstrap"] },
    "page-server": {
      code: ["page", "exercise", "modes", "check", "compare", "load", "mesh", "trace", "bootstrap", "proto"],
    },
    lab: {
      code: [
        "page-server",
        "incident",
        "exercise",
        "modes",
        "meshtrace",
        "check",
        "compare",
        "load",
        "mesh",
        "trace",
        "bootstrap",
        "connections",
      ],
    },
    chassis: { code: forServices },
    gateway: { code: ["chassis", ...forServices] },
    backend: { code: ["chassis", ...forServices] },
  },
  browser: ["trace", "check", "compare"],
  early: ["lab/bin.mjs", "packages/meshtrace/bin.mjs"],
};

const broken = brokenRules(readHouse(repoRoot), rules);
for (const it of broken) console.log(it);
process.exitCode = broken.length === 0 ? 0 : 1;
