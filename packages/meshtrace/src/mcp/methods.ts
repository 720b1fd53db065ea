import { z } from "zod";
import type { Method } from "./json-rpc.ts";
import { RpcError, rpcCodes } from "./json-rpc.ts";
import { commandLineOf, tools } from "./tools.ts";

/** What came of a command line. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Versions of the protocol that this speaks, the newest first: what it needs of them has not changed. */
const versions = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"];

/** An answer of more characters would push everything else out of what its reader can hold. */
const mostCharacters = 60_000;

/** What `check` ends with when it found something, which is an answer and no failure. */
const foundSomething = 1;

/**
 * The methods of a server of the Model Context Protocol that has tools only (modelcontextprotocol.io, 2025-11-25).
 *
 * @param version of meshtrace.
 * @param run runs a command line of meshtrace, one at a time; the signal ends it.
 */
export function mcpMethods(
  version: string,
  run: (args: readonly string[], cancelled: AbortSignal) => Promise<Outcome>,
): Readonly<Record<string, Method>> {
  let turn: Promise<unknown> = Promise.resolve();
  const runInTurn = (args: readonly string[], cancelled: AbortSignal): Promise<Outcome> => {
    const nothing = { code: 0, stdout: "", stderr: "" };
    const outcome = turn.then(() => (cancelled.aborted ? nothing : run(args, cancelled)));
    turn = outcome;
    return outcome;
  };
  return {
    initialize: ({ protocolVersion }) => ({
      protocolVersion: versions.find((it) => it === protocolVersion) ?? versions[0],
      capabilities: { tools: {} },
      serverInfo: { name: "meshtrace", version },
      instructions:
        "Reads distributed traces from files or a trace store and says what is wrong in them and whose time it is. It changes nothing. Begin with `check`.",
    }),
    ping: () => ({}),
    "tools/list": () => ({
      tools: Object.entries(tools).map(([name, { description, schema }]) => ({
        name,
        description,
        inputSchema: z.toJSONSchema(schema),
        annotations: { readOnlyHint: true },
      })),
    }),
    "tools/call": async ({ name, arguments: asked = {} }, cancelled) => {
      const tool = typeof name === "string" && Object.hasOwn(tools, name) ? tools[name] : undefined;
      if (tool === undefined) {
        const known = Object.keys(tools).join(", ");
        throw new RpcError(rpcCodes.params, `there is no tool ${JSON.stringify(name)}; there are ${known}`);
      }
      const { success, data, error } = tool.schema.strict().safeParse(asked);
      if (!success) return toContent(z.prettifyError(error), true);
      const { code, stdout, stderr } = await runInTurn(commandLineOf(tool, data), cancelled);
      const isError = code !== 0 && code !== foundSomething;
      return toContent([stdout, stderr].filter((it) => it !== "").join("\n"), isError);
    },
  };
}

function toContent(text: string, isError: boolean): object {
  const more = text.length - mostCharacters;
  const shown =
    more > 0 ? `${text.slice(0, mostCharacters)}\n… and ${more} characters more: ask for fewer traces` : text;
  return { content: [{ type: "text", text: shown }], isError };
}
