import { z } from "zod";
import { quote } from "./text.ts";

/** Settings that do not work. The message names every one of them, a line for each. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  /** One line for each problem: the variable, its value, and what is allowed. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is wrong:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

/** Names of variables whose values often hold secrets, so that no message shows them. */
const secret = /_HEADERS$/;

/** Longest part of a value that a message shows, in characters: room for any that is right. */
const longestValue = 200;

/** The environment variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads settings from environment variables.
 *
 * An empty variable counts as one that is not set, as OpenTelemetry asks for and as compose files produce it.
 *
 * @param shape The name of each variable and what it may be.
 * @throws {ConfigError} naming all problems at once, so that they can be mended in one go.
 */
export function readEnvironment<S extends z.ZodRawShape>(
  shape: S,
  environment: Environment,
): z.output<z.ZodObject<S>> {
  const set = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ""));
  const result = z.object(shape).safeParse(set);
  if (!result.success) {
    throw new ConfigError(
      result.error.issues.map((issue) => {
        const name = String(issue.path[0]);
        const value = set[name];
        return value === undefined
          ? `${name} is not set: ${issue.message}`
          : `${name}=${secret.test(name) ? "(not shown)" : quote(value, longestValue)}: ${issue.message}`;
      }),
    );
  }
  return result.data;
}
