import { Option } from "commander";

/** Where the parts are that a command talks to. */
export type Endpoints = {
  /** The edge's base URL. */
  edge: string;
  /** The base URL of Tempo's API. */
  tempo: string;
};

/** `--edge`: the edge's base URL; the running mesh's, or http://127.0.0.1:8080. */
export function edgeOption(): Option {
  return new Option(
    "--edge <url>",
    "base URL of the edge (default: the running mesh's, or http://127.0.0.1:8080)",
  ).env("LAB_EDGE_URL");
}

/** `--tempo`: the base URL of Tempo's API; the running mesh's, or http://127.0.0.1:3200. */
export function tempoOption(): Option {
  return new Option(
    "--tempo <url>",
    "base URL of Tempo (default: the running mesh's, or http://127.0.0.1:3200)",
  ).env("LAB_TEMPO_URL");
}

/** The endpoints that the options name, or those of the running mesh. */
export function endpoints(options: { edge?: string; tempo?: string }): Endpoints {
  return { edge: options.edge ?? "http://127.0.0.1:8080", tempo: options.tempo ?? "http://127.0.0.1:3200" };
}
