import { ExitCode, LabError } from "@envoy-mesh-lab/trace";
import { Option } from "commander";

/** Headers for each question to a store of traces. */
export type Headers = Readonly<Record<string, string>>;

/** What stands in front of the name of a variable. */
const fromVariable = "env:";

/**
 * `--header`, as tokens and tenants need it. A value that begins with `env:` is that of a variable, so that no token stands in a list
 * of processes or in the log of a CI.
 */
export function headerOption(): Option {
  return new Option(
    "--header <name:value>",
    `a header for each question: "X-Scope-OrgID: team", or "Authorization: ${fromVariable}TOKEN" for what that variable holds; may be repeated`,
  ).argParser((text: string, headers: Headers = {}) => ({ ...headers, ...parseHeader(text, process.env) }));
}

/**
 * Reads one header.
 *
 * @throws {LabError} (exit code `usage`) for what is none, in words without the value, which nobody should see.
 */
export function parseHeader(text: string, env: NodeJS.ProcessEnv): Headers {
  const [, name, given = ""] = /^([\w!#$%&'*+.^`|~-]+)\s*:\s*(.*)$/s.exec(text) ?? [];
  if (name === undefined) throw wrong("it has no name with a colon behind it");
  const variable = given.startsWith(fromVariable) ? given.slice(fromVariable.length) : undefined;
  const value = variable === undefined ? given : env[variable];
  if (value === undefined || value === "") {
    throw wrong(
      variable === undefined ? `${name} has no value` : `the variable ${variable} of ${name} is not set`,
    );
  }
  // What RFC 9110, 5.5 lets stand in a value.
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw wrong(`the value of ${name} has characters that no header has`);
  }
  return { [name]: value };
}

function wrong(why: string): LabError {
  return new LabError(`--header: ${why}`, {
    exitCode: ExitCode.usage,
    hint: `it has the form "Name: value", or "Name: ${fromVariable}VARIABLE"`,
  });
}
