import type { ComposeProject } from "../../compose/schema.ts";
import { projectSchema } from "../../compose/schema.ts";
import type { PartPlan } from "../plan.ts";
import type { PlanInput } from "../plan-types.ts";
import { mapPorts } from "../port-map.ts";

/** A project as compose-go would normalise it, from its services. */
export function composeProject(services: Record<string, unknown>): ComposeProject {
  return projectSchema.parse({ name: "fixture", services });
}

/** What a plan is made from, for services in Compose's normalised form. */
export function planInput(
  services: Record<string, unknown>,
  rest: Partial<PlanInput> = {},
  shift = 0,
): PlanInput {
  const project = composeProject(services);
  return {
    project,
    ports: mapPorts(project, shift),
    programs: {
      node: { path: "/bin/node", version: "24.0.0" },
      envoy: { path: "/bin/envoy", version: "1.40.0" },
    },
    mounts: new Map(),
    root: "/repo",
    baseEnv: { PATH: "/bin" },
    configFolder: "/state/config",
    volumeFolder: "/state/volumes",
    anonymousFolder: "/state/anonymous",
    networksFile: "/state/networks.json",
    temporaryFolder: "/tmp/lab",
    ...rest,
  };
}

/** A part for tests that need little of it. */
export function partPlan(rest: Partial<PartPlan> = {}): PartPlan {
  return {
    name: "part",
    program: "node",
    version: "24.0.0",
    argv: ["/bin/node"],
    env: {},
    cwd: "/",
    folders: [],
    configs: [],
    ports: [],
    dependsOn: [],
    restart: { when: "no" },
    stopSignal: "SIGTERM",
    stopGrace: 10_000,
    hash: "0",
    ...rest,
  };
}
