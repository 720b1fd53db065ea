import { findRuntime } from "@envoy-mesh-lab/mesh";
import { LabError } from "@envoy-mesh-lab/trace";
import type { ApplyOptions } from "./apply.ts";
import { applyFiles } from "./apply.ts";
import type { Exercise } from "./exercise.ts";
import { writeFiles } from "./files.ts";

/** A file that its program has to reject, and words of that program's own that have to be printed. */
const broken = [
  {
    claim: "a service that does not compile gets the compiler's words",
    isAbout: (path: string) => path.endsWith(".ts"),
    spoil: (text: string) => `${text}\nconst half: number = ;\n`,
    words: /\.ts\(\d+,\d+\): error TS1109: Expression expected/,
  },
  {
    claim: "a contract that does not compile gets buf's words",
    isAbout: (path: string) => path.endsWith(".proto"),
    spoil: (text: string) => `${text}\nmessage {\n`,
    words: /\.proto:\d+:\d+:missing name after `message`/,
  },
  {
    claim: "a configuration that Envoy rejects gets Envoy's words",
    isAbout: (path: string) => path.startsWith("envoy/"),
    spoil: (text: string) => text.replace(/^static_resources:/m, "static_resources_of_mine:"),
    // Protobuf varies the blanks between its words, so that nobody relies on them.
    words: /no\s+such\s+field:\s*'static_resources_of_mine'/,
  },
  {
    claim: "a configuration that the Collector rejects gets the Collector's words",
    isAbout: (path: string) => path === "otel-collector.yaml",
    spoil: (text: string) => text.replace(/^receivers:/m, "receivers_of_mine:"),
    words: /receivers_of_mine/,
  },
];

/** The proofs that a broken file changes nothing that runs, and is reported in the words of who rejects it, for each kind of file. */
export function rejectionProofs(
  exercise: Exercise,
  start: ReadonlyMap<string, string>,
  { scratch, ...options }: ApplyOptions & { scratch: string },
): { claim: string; run: () => Promise<string | undefined> }[] {
  return broken.flatMap(({ claim, isAbout, spoil, words }) => {
    const path = [...start.keys()].find(isAbout);
    if (path === undefined) return [];
    const run = async () => {
      writeFiles(scratch, new Map([...start, [path, spoil(start.get(path) as string)]]));
      const before = await processes();
      try {
        await applyFiles(exercise, scratch, options);
        return "it was applied";
      } catch (error) {
        if (!(error instanceof LabError)) throw error;
        if (!words.test(error.message)) return `it says: ${error.message}`;
        return (await processes()) === before ? undefined : "a part of the mesh was restarted";
      } finally {
        writeFiles(scratch, start);
      }
    };
    return [{ claim, run }];
  });
}

/** The parts of the mesh and their processes, to be compared. */
async function processes(): Promise<string> {
  return (await (await findRuntime()).status()).parts.map(({ name, run }) => `${name} ${run}`).join(", ");
}
