// Usage: node bootstrap/run.mjs <script.ts> [arguments]
//
// The way into every script of this repository, from any Node that a user may have. This file must parse on old ones,
// so it checks the version first and imports the rest only then.
const oldest = 20;

if (Number(process.versions.node.split(".")[0]) < oldest) {
  fail(`Node ${process.versions.node} is too old: Envoy Mesh Lab needs Node ${oldest} or newer.`);
} else if (process.platform === "win32") {
  fail("Envoy Mesh Lab does not run on Windows itself: Envoy has no build for it. Use WSL 2.");
} else {
  import("./launch.mjs").then((module) => module.launch(process.argv.slice(2)));
}

/** @param {string} message */
function fail(message) {
  console.error(`Error: ${message}`);
  console.error("Or run the mesh with Docker: docker compose up");
  process.exitCode = 4;
}
