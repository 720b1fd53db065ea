import { execFile } from "node:child_process";
import { delimiter, dirname, join, relative } from "node:path";
import { repoRoot } from "@envoy-mesh-lab/bootstrap";
import * as z from "zod";
import type { CheckGrade } from "../grade.ts";
import { missed, passed } from "../grade.ts";
import type { CheckContext } from "./context.ts";
import { toGrade } from "./context.ts";

/** A check that a program makes of the learner's files: a linter, a compiler, a test. */
export const commandCheck = z.strictObject({
  kind: z.literal("command"),
  name: z.string(),
  /** What should be so, in words: "buf finds nothing in your proto". */
  expect: z.string(),
  /** The program and its arguments; `{files}` is the folder with the learner's files. No shell reads it. */
  run: z.array(z.string()).min(1),
  /** Its exit code. */
  code: z.int().min(0).max(255).default(0),
  /** A regular expression that its output has to match. */
  matches: z.string().optional(),
});
type CommandCheck = z.infer<typeof commandCheck>;

/** How long a program may take, in milliseconds. */
const timeout = 60_000;
/** How many lines of its output are shown. */
const toldLines = 12;

/** Runs a program at the top of the repository, with the repository's own tools on its path, and looks at how it ends. */
export async function runCommand(
  check: CommandCheck,
  { folder, signal, onStep }: CheckContext,
): Promise<CheckGrade> {
  const [program, ...args] = check.run.map((it) => it.replaceAll("{files}", folder)) as [string, ...string[]];
  // As it can be typed at the top of the repository.
  const near = relative(repoRoot, folder);
  const named = near.startsWith("..") ? folder : near;
  const typed = check.run.map((it) => it.replaceAll("{files}", named)).join(" ");
  onStep?.(`${check.name}: ${typed}`);
  const env = {
    ...process.env,
    // And the Node that runs this, which runs TypeScript as it is.
    PATH: [join(repoRoot, "node_modules", ".bin"), dirname(process.execPath), process.env.PATH].join(
      delimiter,
    ),
  };
  const { code, output } = await new Promise<{ code: number; output: string }>((resolve, reject) => {
    execFile(program, args, { cwd: repoRoot, env, timeout, signal }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}`.trim() });
    });
  });
  const isRight =
    code === check.code && (check.matches === undefined || new RegExp(check.matches).test(output));
  const lines = output.split("\n").slice(0, toldLines).join("\n              ");
  const item = isRight
    ? passed(check.expect)
    : missed(check.expect, `\`${typed}\` ended with ${code}:\n              ${lines}`, {
        code: "command.failed",
        edge: check.name,
      });
  return toGrade(check.name, [item], [], []);
}
