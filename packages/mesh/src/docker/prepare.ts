import { ExitCode } from "@envoy-mesh-lab/trace";
import type { ComposeProject } from "../compose/schema.ts";
import { checkPorts } from "../native/check-ports.ts";
import { unknownPart } from "../native/mesh-model.ts";
import { isWell } from "../native/mesh-status.ts";
import type { UpOptions } from "../runtime/runtime.ts";
import type { DockerProject } from "./compose-project.ts";
import type { Container } from "./containers.ts";
import { docker } from "./docker-command.ts";
import { rejectConfigs } from "./reject-configs.ts";

/** Told what is done, for the user to see. */
export type Tell = (kind: "note" | "tick", text: string) => void;

/**
 * All that can go wrong before anything is started or changed.
 *
 * @returns the services that are to be started, or made anew.
 */
export async function prepare(
  project: DockerProject,
  before: readonly Container[],
  { parts = [] }: UpOptions,
  tell: Tell,
): Promise<string[]> {
  const known = Object.keys(project.model.services);
  const unknown = parts.find((it) => !known.includes(it));
  if (unknown !== undefined) throw unknownPart(unknown, known);
  const selected = parts.length > 0 ? withDependencies(project, parts) : known;
  const built = onePerImage(project.model, selected);
  if (built.length > 0) {
    tell("tick", "building the images of the services");
    await project.compose(["build", "--quiet", ...built], {
      onLine: (line) => tell("tick", line),
      exitCode: ExitCode.installFailed,
      hint: "these are Docker's own words; `docker compose build` prints all of them",
    });
  }
  const images = await readImages(built.flatMap((it) => project.model.services[it]?.image ?? []));
  const container = new Map(before.map((it) => [it.name, it]));
  const changed = selected.filter((name) => {
    const { configHash, imageId } = container.get(name) ?? {};
    const image = images.get(project.model.services[name]?.image ?? "");
    return project.hashes.get(name) !== configHash || (image !== undefined && image !== imageId);
  });
  const own = new Set(before.flatMap(({ ports }) => ports.map(({ host }) => host)));
  await checkPorts(
    changed.map((name) => ({
      name,
      ports: (project.ports.get(name) ?? []).filter(({ host }) => !own.has(host)),
    })),
  );
  if (changed.length > 0) {
    tell("tick", "checking the configurations");
    await rejectConfigs(project, changed);
  }
  return selected.filter((name) => {
    const it = container.get(name);
    return it === undefined || changed.includes(name) || !isWell(it);
  });
}

/** The ids of images, by name. */
async function readImages(names: readonly string[]): Promise<Map<string, string>> {
  if (names.length === 0) return new Map();
  const ids = (await docker(["image", "inspect", "--format", "{{.Id}}", ...names])).trim().split("\n");
  return new Map(names.map((name, i) => [name, ids[i] ?? ""]));
}

/**
 * The services that are to be built for the given ones: of those that share an image the first by name. Docker Compose labels
 * an image with the service that it is built for: built for one and then the other, it would be a new image each time, and a
 * reason to make their containers anew.
 */
export function onePerImage(
  { services }: Pick<ComposeProject, "services">,
  names: readonly string[],
): string[] {
  const builder = new Map<string, string>();
  for (const name of Object.keys(services).toSorted().toReversed()) {
    if (services[name]?.build) builder.set(services[name].image ?? name, name);
  }
  const wanted = names.flatMap((name) => builder.get(services[name]?.image ?? name) ?? []);
  return [...new Set(wanted)].toSorted();
}

function withDependencies({ model }: DockerProject, names: readonly string[]): string[] {
  const selected = new Set(names);
  // A set that grows while it is gone through is gone through to its end.
  for (const name of selected) {
    for (const it of Object.keys(model.services[name]?.depends_on ?? {})) selected.add(it);
  }
  return [...selected];
}
