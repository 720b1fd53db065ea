import type { Expected } from "./expected.ts";
import { expectedSchema } from "./expected.ts";
import { readYamlFile } from "./yaml-file.ts";

/**
 * Reads a file of expectations, such as expected-hops.yaml at the top of the project.
 *
 * @throws {LabError} (exit code `usage`) when the file is missing, no YAML, or of another shape; it names the lines.
 */
export function readExpected(file: string): Expected {
  const { value, source } = readYamlFile(
    file,
    expectedSchema,
    "the expected hops",
    "expected-hops.yaml shows the form, docs/checking-traces.md tells all of it",
  );
  return { ...value, source };
}
