import type { Span } from "@envoy-mesh-lab/trace";
import { serviceOf } from "@envoy-mesh-lab/trace";
import type { InputFinding } from "./input-finding.ts";

/** So many different names of a service are worth a word, if all but a tenth of them go when ids and hosts are taken out. */
const manyNames = 50;
const leftOver = 0.1;
/** Of more, no further ones are kept. */
const keptNames = 500;

interface Names {
  names: Set<string>;
  first: { traceId: string; spanId: string };
}

/** The span names of each service, over an input: names that hold an id or a host are as many as there are of those. */
export class SpanNames {
  readonly #services = new Map<string, Names>();

  add(span: Span): void {
    const { traceId, spanId, name } = span;
    const service = serviceOf(span);
    let entry = this.#services.get(service);
    if (entry === undefined) {
      entry = { names: new Set(), first: { traceId, spanId } };
      this.#services.set(service, entry);
    }
    if (entry.names.size < keptNames) entry.names.add(name);
  }

  findings(): InputFinding[] {
    return [...this.#services]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([service, { names, first }]): InputFinding[] => {
        if (names.size < manyNames) return [];
        const forms = new Map<string, string>();
        for (const name of names) forms.set(formOf(name), name);
        if (forms.size > names.size * leftOver) return [];
        const [[form = "", example = ""] = []] = [...forms];
        return [
          {
            calls: [first],
            finding: {
              code: "span.many-names",
              edge: service,
              evidence: `${service} has ${names.size === keptNames ? `${keptNames} or more` : names.size} different span names, but ${forms.size} without the ids and hosts in them: "${example}" is "${form}"`,
              cause: example.startsWith("egress ")
                ? "Envoy names the span of a request that no route names after the host that the caller asks for, whatever that is"
                : "span names are made of paths, ids or hosts",
              remedy:
                "give spans a name of which there are few: in Envoy the route's decorator.operation, or the tracing block's operation; in services the route's template. Whoever makes metrics or an index of names (spanmetrics, a search) has a series for each",
              spanIds: [first.spanId],
            },
          },
        ];
      });
  }
}

/** A name without what differs from request to request: hosts, ids, numbers. */
function formOf(name: string): string {
  return name
    .replace(/^egress \S+$/, "egress HOST")
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/gi, "ID")
    .replace(/\b(?=[a-z]*\d)[0-9a-z_-]{8,}\b/gi, "ID")
    .replace(/\d+/g, "N");
}
