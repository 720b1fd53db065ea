import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isChosen } from "@envoy-mesh-lab/check";
import { indexTrace } from "@envoy-mesh-lab/trace";
import type { Exercise } from "./exercise.ts";
import type { Grade } from "./grade.ts";

/**
 * What there is to say of a solution that passes: that it works, and why the usual way does it otherwise. Nothing is said of one
 * that does not pass, which has other things to be told.
 *
 * @param folder the folder with the learner's files.
 */
export function commentsOn(
  { comments }: Pick<Exercise, "comments">,
  { ok, checks }: Pick<Grade, "ok" | "checks">,
  folder: string,
): string[] {
  if (!ok) return [];
  const traces = checks.flatMap(({ drawn }) => drawn).map((it) => indexTrace(it));
  return comments
    .filter(({ file, has, lacks, spans }) => {
      const path = join(folder, file ?? "");
      const text = file !== undefined && existsSync(path) ? readFileSync(path, "utf8") : "";
      return (
        (has === undefined || new RegExp(has, "m").test(text)) &&
        (lacks === undefined || !new RegExp(lacks, "m").test(text)) &&
        (spans === undefined ||
          traces.some((index) => index.spans.some((_, i) => isChosen(index, i, { where: spans }))))
      );
    })
    .map(({ say }) => say.trim());
}
