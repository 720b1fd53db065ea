import { loadEnvFile } from "@envoy-mesh-lab/bootstrap";
import { runProgram } from "@envoy-mesh-lab/meshtrace";
import { createProgram } from "./src/program.ts";

await runProgram("lab", (wanted) => {
  loadEnvFile();
  return createProgram(wanted);
});
