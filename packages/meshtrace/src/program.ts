import { readFileSync } from "node:fs";
import { ExitCode } from "@envoy-mesh-lab/trace";
import type { Command } from "commander";
import { assembleProgram } from "./assemble-program.ts";
import { ownHost } from "./own-host.ts";

/** In the order in which a newcomer meets them. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  check: async () => (await import("./commands/check.ts")).checkCommand(ownHost),
  listen: async () => (await import("./commands/listen.ts")).listenCommand(ownHost),
  expect: async () => (await import("./commands/expect.ts")).expectCommand(ownHost),
  compare: async () => (await import("./commands/compare.ts")).compareCommand(ownHost),
  score: async () => (await import("./commands/score.ts")).scoreCommand(ownHost),
  trace: async () => (await import("./commands/trace.ts")).traceCommand(ownHost),
  traces: async () => (await import("./commands/traces.ts")).tracesCommand(ownHost),
  span: async () => (await import("./commands/span.ts")).spanCommand(ownHost),
  mcp: async () => (await import("./commands/mcp.ts")).mcpCommand(ownHost, versionOf()),
  completion: async () =>
    (await import("./commands/completion.ts")).completionCommand({
      name: ownHost.name,
      createProgram,
      words: () => ({ id: ["last"] }),
      toCompleteIt: "It completes the command `meshtrace`: `npm install -g` puts that in the path.",
    }),
};

/** What is shown when nothing is asked for. */
const firstSteps = `meshtrace says what is wrong in traces of services behind proxies, and where their time goes.

  meshtrace check traces.json                which edge is wrong, why, and what to change; exit code 1 if any is
  meshtrace check traces.json --expect hops.yaml --junit check.xml
  meshtrace listen --expect hops.yaml -- npm test    the same of what the tests export, over OTLP
  meshtrace compare traces.json              who had the time: applications, proxies or the network
  meshtrace trace traces.json                draws each trace

It reads OTLP (JSON, JSON lines, protobuf), Tempo's and Jaeger's JSON and Zipkin's, from files, folders and standard
input (-), and from a Tempo, Jaeger or Zipkin (--tempo, --jaeger or --zipkin URL). --help has the commands, and each of
them has a --help of its own.`;

/**
 * The command line tool.
 *
 * @param wanted the one command that is needed; undefined shows the first steps.
 */
export async function createProgram(wanted?: string): Promise<Command> {
  const program = await assembleProgram(
    {
      name: ownHost.name,
      description:
        "Says what is wrong in traces of services behind proxies, and where their time goes: from files and from Tempo, Jaeger or Zipkin, on any machine.",
      version: versionOf(),
      versionOf: "meshtrace",
      commands,
      footer: "Begin with `meshtrace check FILE`; every command has --help with an example.",
    },
    wanted,
  );
  if (wanted === undefined) program.action(sayFirstSteps);
  return program;
}

/** A line of CI that has lost its arguments has judged nothing, and must not be green. */
function sayFirstSteps(): void {
  console.error(firstSteps);
  process.exitCode = ExitCode.usage;
}

/** The version that package.json says, which is one folder above this file, and above what is made of it for the package. */
function versionOf(): string {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return version as string;
}
