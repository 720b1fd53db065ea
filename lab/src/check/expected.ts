import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { ExitCode } from "../exit-codes.ts";
import { LabError } from "../lab-error.ts";
import { repoRoot } from "../paths.ts";

const hop = z.strictObject({
  /** `service.name` of the span's resource. */
  service: z.string().min(1),
  /** Which listener of a sidecar made the span; absent for services. */
  direction: z.enum(["inbound", "outbound"]).optional(),
  kind: z.enum(["server", "client", "internal", "producer", "consumer"]),
  /** Whether an application or a proxy made the span. */
  role: z.enum(["app", "proxy"]),
});
const expected = z.strictObject({ name: z.string(), hops: z.array(hop).min(1) });

/** One span that is expected on the way of a request. */
export type Hop = z.infer<typeof hop>;

/** The chain of spans that is expected: each hop's parent is the hop before it, the first is the root. */
export type Expected = z.infer<typeof expected>;

/** The hops of the lab's own mesh. */
export const expectedHopsFile = join(repoRoot, "expected-hops.yaml");

/**
 * Reads a file of expected hops, such as expected-hops.yaml at the top of the project.
 *
 * @throws {LabError} (exit code `usage`) when the file is missing, no YAML, or of another shape.
 */
export function readExpected(file: string): Expected {
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new LabError(`cannot read the expected hops in ${file}: ${(error as Error).message}`, {
      exitCode: ExitCode.usage,
      hint: "give a YAML file like expected-hops.yaml",
    });
  }
  const parsed = expected.safeParse(content);
  if (!parsed.success) {
    throw new LabError(`the expected hops in ${file} are not valid:\n${z.prettifyError(parsed.error)}`, {
      exitCode: ExitCode.usage,
      hint: "expected-hops.yaml shows the form",
    });
  }
  return parsed.data;
}

/** A hop in words: "gateway-proxy outbound CLIENT". */
export function hopName(it: Pick<Hop, "service" | "direction" | "kind">): string {
  return [it.service, it.direction, it.kind.toUpperCase()].filter(Boolean).join(" ");
}
