// Runs a tool of node_modules with its dependencies in place: node bootstrap/run.mjs test/tool.ts buf generate
import { spawnSync } from "node:child_process";
import { delimiter, join } from "node:path";

const [tool = "", ...args] = process.argv.slice(2);
const bin = join("node_modules", ".bin");
const { status, error } = spawnSync(join(bin, tool), args, {
  stdio: "inherit",
  // buf looks its plugins up on the PATH.
  env: { ...process.env, PATH: [bin, process.env.PATH].join(delimiter) },
});
if (error) {
  throw error;
}
process.exitCode = status ?? 1;
