import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { PartPlanner } from "./part-planner.ts";
import type { MeshPlan, PartPlan, PlanInput } from "./plan-types.ts";

export type { MeshPlan, MountSource, PartPlan } from "./plan-types.ts";

/** Puts parts after those they depend on; the parts of a cycle are returned as its path. */
export function orderParts(parts: readonly PartPlan[]): { ordered: PartPlan[] } | { cycle: string[] } {
  const byName = new Map(parts.map((part) => [part.name, part]));
  const ordered = new Set<PartPlan>();
  const visit = (part: PartPlan, path: readonly string[]): string[] | undefined => {
    if (ordered.has(part)) {
      return undefined;
    }
    const start = path.indexOf(part.name);
    if (start >= 0) {
      return [...path.slice(start), part.name];
    }
    for (const { name } of part.dependsOn) {
      const dependency = byName.get(name);
      const cycle = dependency && visit(dependency, [...path, part.name]);
      if (cycle) {
        return cycle;
      }
    }
    ordered.add(part);
    return undefined;
  };
  for (const part of parts) {
    const cycle = visit(part, []);
    if (cycle) {
      return { cycle };
    }
  }
  return { ordered: [...ordered] };
}

/**
 * Plans every service of a project as a process.
 *
 * @throws LabError with everything that cannot be planned, by service and place.
 */
export function planMesh(input: PlanInput): MeshPlan {
  const problems: string[] = [];
  const parts = Object.entries(input.project.services)
    .map(([name, service]) => new PartPlanner(input, name, service, problems).plan())
    .filter((part) => part !== undefined);
  const order = orderParts(parts);
  if ("cycle" in order) {
    problems.push(`depends_on goes round in a circle: ${order.cycle.join(" > ")}`);
  }
  if (problems.length > 0 || "cycle" in order) {
    throw new LabError(`the mesh cannot run natively:\n${problems.map((line) => `  ${line}`).join("\n")}`, {
      hint: "Correct these settings in the compose file or in the file named.",
      exitCode: ExitCode.composeInvalid,
    });
  }
  return { project: input.project.name, parts: order.ordered };
}
