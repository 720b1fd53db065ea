import { exerciseNames, findExercise, readProgress, toHtml, toReport } from "@envoy-mesh-lab/exercise";
import { exploreUrl, labParts, readMesh } from "@envoy-mesh-lab/mesh";
import { printJson, writeNamedFile } from "@envoy-mesh-lab/meshtrace";
import { Command } from "commander";
import { findGrafana } from "../../find-viewer.ts";
import { userFolder } from "../../user-folder.ts";

interface Flags {
  learner?: string;
  class?: string;
  html?: string;
  json?: string;
}

/** `lab exercise report`: a learner's results, for classes. */
export function reportCommand(): Command {
  return new Command("report")
    .summary("write your results, for a class")
    .description(
      "Prints your results as JSON, or writes them: how far each exercise is, with how much help, and the traces, times and versions that it was graded by.",
    )
    .option("--learner <name>", "whose results these are")
    .option("--class <nonce>", "for which class: the nonce that its teacher gave, which seals the report")
    .option("--json <file>", "write JSON")
    .option("--html <file>", "write a page that needs nothing else")
    .addHelpText("after", '\nExample:\n  lab exercise report --learner "Ada" --html ada.html --json ada.json')
    .action(async (options: Flags) => {
      const exercises = exerciseNames().map(findExercise);
      const report = toReport(exercises, readProgress(), {
        learner: options.learner,
        now: new Date(),
        nonce: options.class,
      });
      if (options.json !== undefined) write(options.json, `${JSON.stringify(report, null, 2)}\n`);
      if (options.html !== undefined) write(options.html, toHtml(report, await urls()));
      if (options.json === undefined && options.html === undefined) printJson(report);
    });
}

/** Tells the addresses of traces; undefined where no Grafana shows them. */
async function urls(): Promise<((traceId: string) => string) | undefined> {
  const mesh = await readMesh();
  if (mesh.runtime && !mesh.services.some(({ name }) => name === labParts.tempo.service)) return undefined;
  const grafana = await findGrafana(mesh, mesh.urls.tempo);
  return grafana === undefined ? undefined : (traceId) => String(exploreUrl(grafana, traceId));
}

function write(file: string, content: string): void {
  writeNamedFile(file, content, userFolder());
  console.log(`wrote ${file}`);
}
