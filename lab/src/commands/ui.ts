import {
  findRuntime,
  interruptible,
  isIstio,
  isRunning,
  pageProfile,
  progressPrinter,
} from "@envoy-mesh-lab/mesh";
import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { Command } from "commander";
import { openLink } from "../open-link.ts";
import { pageLink } from "../page-link.ts";
import { writePage } from "../write-page.ts";
import type { MeshFlags } from "./mesh-options.ts";
import { addMeshOptions, meshOf } from "./mesh-options.ts";

/** `lab ui`: the page, opened again. */
export function uiCommand(): Command {
  return addMeshOptions(new Command("ui"))
    .summary("open the page of the mesh in a browser")
    .description(
      "Prints the link of the page, which has the token of its session, and opens it where there is a display. The page is started " +
        "when it does not run; the mesh has to run already.",
    )
    .option("--no-open", "print the link and open nothing")
    .option(
      "--export <file>",
      "write the page as one HTML file that reads trace files without any server, and open nothing; needs no mesh",
    )
    .addHelpText(
      "after",
      `
Examples:
  lab ui            open the page
  lab ui --no-open  the link alone, to open it elsewhere on this machine
  lab ui --export page.html
                    traces and compare in one file, to be sent to others: drop trace files on it

Whoever has the link can do what you can: it is for you alone, and leads to this machine only.

Exit codes: 0, 2 the file cannot be written, or the mesh is in Istio, 3 the mesh does not run, 9 the page does not come up.`,
    )
    .action(async (flags: MeshFlags & { open: boolean; export?: string }) => {
      if (flags.export !== undefined) {
        console.error(`lab: the page is in ${await writePage(flags.export)}`);
        return;
      }
      const runtime = await findRuntime(meshOf(flags));
      const status = await runtime.status();
      if (isIstio({ services: status.parts })) {
        throw new LabError(`the mesh ${runtime.project} is in Istio, whose edge answers to no page's calls`, {
          hint: "The page belongs to the mesh of the lab's own Envoys (docs/istio.md); here, lab call, trace and compare say the same.",
          exitCode: ExitCode.usage,
        });
      }
      if (!isRunning(status)) {
        throw new LabError(`the mesh ${runtime.project} does not run, so there is nothing to show`, {
          hint: "Start it with lab up.",
          exitCode: ExitCode.notRunning,
        });
      }
      let link = await pageLink(runtime);
      if (link === undefined) {
        const printer = progressPrinter(process.stderr);
        const options = { parts: [pageProfile], onProgress: printer.onProgress };
        await interruptible(undefined, (signal) => runtime.up({ ...options, signal })).finally(printer.end);
        link = await pageLink(runtime);
      }
      if (link === undefined) {
        throw new LabError("the page was started and has no link", {
          hint: `See lab logs ${pageProfile}.`,
          exitCode: ExitCode.notReady,
        });
      }
      console.log(link);
      if (flags.open && !(await openLink(link))) {
        console.error("There is no display here to open it on: open the link in a browser of this machine.");
      }
    });
}
