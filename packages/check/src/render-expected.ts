import { printable } from "@envoy-mesh-lab/trace";
import type { FoundHop } from "./expect-from.ts";

/** Words that YAML 1.1 or 1.2 takes for something else than text. */
const notText = /^(y|n|yes|no|on|off|true|false|null)$/i;

/** A text as YAML writes it, in quotes where it needs them. */
function scalar(text: string): string {
  return /^[A-Za-z][\w.-]*$/.test(text) && !notText.test(text) ? text : JSON.stringify(text);
}

function fieldsOf(hop: FoundHop): string[] {
  const attributes = Object.entries(hop.attributes).map(([key, it]) => `${scalar(key)}: ${scalar(`${it}`)}`);
  return [
    `service: ${scalar(hop.service)}`,
    ...(hop.direction === undefined ? [] : [`direction: ${hop.direction}`]),
    `kind: ${hop.kind}`,
    ...(hop.role === undefined ? [] : [`role: ${hop.role}`]),
    ...(hop.count === 1 ? [] : [`count: ${hop.count}`]),
    ...(attributes.length === 0 ? [] : [`attributes: { ${attributes.join(", ")} }`]),
    ...(hop.isError ? ["status: error"] : []),
  ];
}

function hopLines(hop: FoundHop, indent: string): string[] {
  const comment = hop.spanName === "" ? "" : ` # ${printable(hop.spanName)}`;
  const fields = fieldsOf(hop);
  if (hop.children.length === 0) return [`${indent}- { ${fields.join(", ")} }${comment}`];
  const [first, ...others] = fields;
  const branches = hop.children.flatMap((branch) => {
    const inner = `${indent}      `;
    const [head = "", ...rest] = branch.flatMap((it) => hopLines(it, inner));
    return [`${indent}    - ${head.slice(inner.length)}`, ...rest];
  });
  return [
    `${indent}- ${first}${comment}`,
    ...others.map((it) => `${indent}  ${it}`),
    `${indent}  children:`,
    ...branches,
  ];
}

/**
 * A file of expectations, to be read and trimmed.
 *
 * @param name what the file says that it is about.
 */
export function renderExpected(name: string, hops: readonly FoundHop[]): string {
  return `# Made of one trace. What stands here is held against every trace, so take out what need not be so:
# - attributes: only those that your tests are about. They are those that name operations; ids, addresses, ports and times,
#   which differ from call to call, were left out.
# - count: where the number of calls may differ, say { min: 1, max: 3 }.
# - status: error is only right where the call is meant to fail.
# - a hop that need not be there: add optional: true. Spans that are not in this file: add others: allowed at its end.
name: ${JSON.stringify(name)}
# From the root on, each one's parent is the one before; below children, each list is a branch of its own.
hops:
${hops.flatMap((it) => hopLines(it, "  ")).join("\n")}
`;
}
