import { execFile } from "node:child_process";
import { createInterface } from "node:readline";
import { Command } from "commander";
import type { Host } from "../host.ts";
import type { Pending } from "../mcp/json-rpc.ts";
import { answerLine } from "../mcp/json-rpc.ts";
import type { Outcome } from "../mcp/methods.ts";
import { mcpMethods } from "../mcp/methods.ts";

/** How long one answer may take, in milliseconds. */
const answerTimeout = 120_000;

/** `mcp`: a way in for agents and editors. */
export function mcpCommand(host: Host, version: string): Command {
  return new Command("mcp")
    .summary("answer agents and editors over the Model Context Protocol")
    .description(
      "Is a server of the Model Context Protocol on standard input and output, with the tools check, compare, explain and trace. It only reads, from its folder, and from the stores that it is asked to read. Ends with its input.",
    )
    .addHelpText(
      "after",
      `
Example, for what starts such servers:
  { "mcpServers": { "${host.name}": { "command": "npx", "args": ["${host.name}", "mcp"] } } }

Exit codes: 0 its input has ended, 2 wrong usage.`,
    )
    .action(async () => {
      const methods = mcpMethods(version, runItself);
      const pending: Pending = new Map();
      // A call of a tool takes its time; who asks meanwhile whether this still lives (`ping`) is told at once.
      const answers = new Set<Promise<void>>();
      for await (const line of createInterface({ input: process.stdin })) {
        if (line.trim() === "") continue;
        const answered = answerLine(line, methods, pending).then((answer) => {
          if (answer !== undefined) process.stdout.write(`${answer}\n`);
          answers.delete(answered);
        });
        answers.add(answered);
      }
      await Promise.all(answers);
    });
}

/** Runs this very program, so that what one command does to its process is that process's alone. */
function runItself(args: readonly string[], cancelled: AbortSignal): Promise<Outcome> {
  const env = { ...process.env, NO_COLOR: "1", COLUMNS: "120" };
  return new Promise((resolve) => {
    const options = { env, timeout: answerTimeout, maxBuffer: 2 ** 26, signal: cancelled };
    const child = execFile(
      process.execPath,
      [process.argv[1] ?? "", ...args],
      options,
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 2;
        const words = error?.killed ? `${stderr}it took more than ${answerTimeout / 1000} s` : stderr;
        resolve({ code, stdout, stderr: words });
      },
    );
    child.stdin?.end();
  });
}
