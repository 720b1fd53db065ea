import { existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, join, relative, resolve } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import { meshFolder, stateRoot } from "../native/mesh-folder.ts";
import type { Topology, TopologyPart } from "./topology.ts";
import { serviceBlock, topologyOf } from "./topology.ts";

/** Which compose files, and what fills their variables in. */
export interface TopologySource {
  /** Default: `COMPOSE_FILE`, else the repository's compose.yaml. */
  readonly files?: readonly string[] | undefined;
  /** Default: this process's environment. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A larger file is no configuration that anybody reads, in bytes. */
const largestFile = 1_000_000;

/** Reads how the parts of a mesh hang together; a file that is not there describes nothing. */
export function readTopology({ files = [], env = process.env }: TopologySource = {}): Topology {
  const paths = composeFiles(files, env);
  const texts = paths.flatMap((path) => {
    const text = readIfThere(path);
    return text === undefined ? [] : [{ path, text }];
  });
  return topologyOf(texts, env, readIfThere);
}

function composeFiles(files: readonly string[], env: NodeJS.ProcessEnv): string[] {
  const named = env.COMPOSE_FILE?.split(env.COMPOSE_PATH_SEPARATOR ?? delimiter).filter(Boolean) ?? [];
  const chosen = files.length > 0 ? files : named.length > 0 ? named : ["compose.yaml"];
  return chosen.map((it) => resolve(repoRoot, it));
}

function readIfThere(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const { size } = statSync(path);
  return size <= largestFile ? readFileSync(path, "utf8") : undefined;
}

/** A file, or a part of one, that says how a part is to behave. */
export interface Configuration {
  /** Relative to the repository where it is in it. */
  readonly path: string;
  /** What it is, in a sentence. */
  readonly about: string;
  readonly text: string;
  /** The line that the text begins with, from 1. */
  readonly firstLine: number;
}

/** What a part is configured by: the files that it runs with, those that they were made from, and its block of compose files. */
export function readConfiguration(
  part: TopologyPart,
  project: string,
  { files = [], env = process.env }: TopologySource = {},
): Configuration[] {
  const derived = join(meshFolder(project, stateRoot(env)).config, part.name);
  const own = part.files.flatMap((source) => {
    const native = join(derived, source.split("/").at(-1) as string);
    const pairs = [
      [
        native,
        "The file that it runs with: the one below, with this machine's addresses for those of containers.",
      ],
      [source, existsSync(native) ? "The file as it is written." : "The file that it runs with."],
    ] as const;
    return pairs.flatMap(([path, about]) => {
      const text = readIfThere(path);
      return text === undefined ? [] : [{ path: shownPath(path), about, text, firstLine: 1 }];
    });
  });
  const blocks = composeFiles(files, env).flatMap((path) => {
    const block = serviceBlock(readIfThere(path) ?? "", part.name);
    const about = "What the compose file says of it.";
    return block === undefined ? [] : [{ path: shownPath(path), about, ...block }];
  });
  return [...own, ...blocks];
}

function shownPath(path: string): string {
  const inside = relative(repoRoot, path);
  return inside.startsWith("..") ? path : inside;
}
