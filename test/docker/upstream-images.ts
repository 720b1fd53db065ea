import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import type { Docker } from "./docker.ts";

/** The registry's words for an image that does not exist, which is compose.yaml's fault. */
const noSuchImage = /manifest unknown|not found|does not exist|access denied|invalid reference/i;

/** The image that the Dockerfile of the services starts from. */
export function nodeImage(): string {
  const image = /^FROM (\S+)/m.exec(readFileSync(join(repoRoot, "Dockerfile"), "utf8"))?.[1];
  if (image === undefined) throw new Error("the Dockerfile has no FROM");
  return image;
}

/**
 * Makes sure of images, from the engine or from their registry.
 *
 * @returns in words why one cannot be had, when the registry cannot be reached or refuses to serve us now.
 * @throws when the registry has no such image
 */
export async function pullImages(docker: Docker, images: readonly string[]): Promise<string | undefined> {
  const here = new Set((await docker.run("images", "--format", "{{.Repository}}:{{.Tag}}")).split("\n"));
  for (const image of images.filter((it) => !here.has(it))) {
    try {
      await docker.run("pull", "--quiet", image);
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      if (noSuchImage.test(words)) throw error;
      return `the engine has no image ${image} and cannot get it:\n${words}`;
    }
  }
  return undefined;
}
