import type { MeshPart, UpResult } from "../runtime/runtime.ts";
import type { ClusterView } from "./parts.ts";
import { partsOf } from "./parts.ts";

/** What became of parts, from how they were before and after. */
export function whatChanged(
  before: ClusterView,
  after: ClusterView,
): Pick<UpResult, "started" | "restarted" | "removed" | "unchanged" | "parts"> {
  const parts = partsOf(after, () => []);
  const old = new Map(partsOf(before, () => []).map((it) => [it.name, it]));
  const names = (of: readonly MeshPart[]) => of.map(({ name }) => name);
  const ran = ({ name }: MeshPart) => !["stopped", undefined].includes(old.get(name)?.state);
  // What its autoscaler puts beside its pods, or takes from them, is no restart: the others run on.
  const isUnchanged = ({ name, run }: MeshPart) => {
    const [was, is] = [instancesOf(old.get(name)?.run), instancesOf(run)];
    const same = is.filter((it) => was.includes(it)).length;
    return (
      same === Math.min(was.length, is.length) && (same > 0 || was.length === is.length) && old.has(name)
    );
  };
  return {
    parts,
    started: names(parts.filter((it) => !isUnchanged(it) && !ran(it))),
    restarted: names(parts.filter((it) => !isUnchanged(it) && ran(it))),
    removed: names([...old.values()].filter(({ name }) => !parts.some((it) => it.name === name))),
    unchanged: names(parts.filter(isUnchanged)),
  };
}

/** The containers of a part that run, each by its pod and its start. */
function instancesOf(run = ""): string[] {
  return run === "" ? [] : run.split(", ");
}
