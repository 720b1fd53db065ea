import { spawnSync } from "node:child_process";
import { goTool } from "../go-tool.ts";

/** `docker compose` where it is there, else Docker Compose built from its Go module. */
export async function findCompose(env: NodeJS.ProcessEnv): Promise<[string, ...string[]]> {
  if (spawnSync("docker", ["compose", "version"], { env }).status === 0) {
    return ["docker", "compose"];
  }
  return [
    await goTool({
      name: "docker-compose",
      title: "Docker Compose",
      version: "2.40.3",
      purpose: "runs compose.yaml on a Docker engine",
      module: "test/docker/compose",
      package: "github.com/docker/compose/v2/cmd",
    }),
  ];
}
