import { findRuntime } from "@envoy-mesh-lab/mesh";
import { LabError } from "@envoy-mesh-lab/trace";
import type { ApplyOptions } from "./apply.ts";
import { applyFiles } from "./apply.ts";
import type { Exercise } from "./exercise.ts";
import { writeFiles } from "./files.ts";

/** A file that its program has to reject, and words of that program's own that have to be printed. */
interface Broken {
  claim: string;
  /** Whether a file is of this kind, by its path and what is in it: a second Collector's may have any name. */
  isAbout: (path: string, text: string) => boolean;
  /** Whether one file stands for all of this kind: one program reads them together. */
  together: boolean;
  spoil: (text: string) => string;
  words: RegExp;
}

const broken: readonly Broken[] = [
  {
    claim: "a service that does not compile gets the compiler's words",
    isAbout: (path) => path.endsWith(".ts"),
    together: true,
    spoil: (text) => `${text}\nconst half: number = ;\n`,
    words: /\.ts\(\d+,\d+\): error TS1109: Expression expected/,
  },
  {
    claim: "a contract that does not compile gets buf's words",
    isAbout: (path) => path.endsWith(".proto"),
    together: true,
    spoil: (text) => `${text}\nmessage {\n`,
    words: /\.proto:\d+:\d+:missing name after `message`/,
  },
  {
    claim: "a configuration that Envoy rejects gets Envoy's words",
    isAbout: (path, text) => path.endsWith(".yaml") && /^static_resources:/m.test(text),
    together: false,
    spoil: (text) => text.replace(/^static_resources:/m, "static_resources_of_mine:"),
    // Protobuf varies the blanks between its words, so that nobody relies on them.
    words: /no\s+such\s+field:\s*'static_resources_of_mine'/,
  },
  {
    claim: "a configuration that the Collector rejects gets the Collector's words",
    isAbout: (path, text) => path.endsWith(".yaml") && /^receivers:/m.test(text) && /^service:/m.test(text),
    together: false,
    spoil: (text) => text.replace(/^receivers:/m, "receivers_of_mine:"),
    words: /receivers_of_mine/,
  },
];

/** A file that is spoiled, and what has to be said of it. */
export interface Rejection extends Pick<Broken, "claim" | "words"> {
  path: string;
  text: string;
}

/** What is spoiled of the files of an exercise: every configuration, and one of the files that are compiled together. */
export function rejectionsOf(start: ReadonlyMap<string, string>): Rejection[] {
  return broken.flatMap(({ claim, isAbout, together, spoil, words }) => {
    const found = [...start].filter(([path, text]) => isAbout(path, text));
    return found.slice(0, together ? 1 : undefined).map(([path, text]) => {
      const which = together || found.length === 1 ? "" : `: ${path}`;
      return { claim: `${claim}${which}`, path, text: spoil(text), words };
    });
  });
}

/** The proofs that a broken file changes nothing that runs, and is reported in the words of who rejects it, for each kind of file. */
export function rejectionProofs(
  exercise: Exercise,
  start: ReadonlyMap<string, string>,
  { scratch, ...options }: ApplyOptions & { scratch: string },
): { claim: string; run: () => Promise<string | undefined> }[] {
  return rejectionsOf(start).map(({ claim, path, text, words }) => {
    const run = async () => {
      writeFiles(scratch, new Map([...start, [path, text]]));
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
    return { claim, run };
  });
}

/** The parts of the mesh and their processes, to be compared. */
async function processes(): Promise<string> {
  return (await (await findRuntime()).status()).parts.map(({ name, run }) => `${name} ${run}`).join(", ");
}
