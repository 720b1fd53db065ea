import type { Pair, Scalar, YAMLMap } from "yaml";
import { isMap, isPair, isScalar, LineCounter, parseAllDocuments, parseDocument, visit } from "yaml";
import type { Derivation } from "./derive-text.ts";
import { deriveText, isMeshAddress, resolveEndpoint } from "./derive-text.ts";

/** The native form of a configuration file. */
export interface DerivedFile {
  /** Undefined when the file is right as it is. */
  readonly text: string | undefined;
  /** What in it has no native counterpart, each with its line. */
  readonly problems: readonly string[];
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const addressKey = /^(?:address|host|.*_address)$/;
const portKey = /^(?:port|.*_listen_port)$/;
const loopback = "127.0.0.1";

function keyOf(pair: Pair | undefined): string {
  return pair && isScalar(pair.key) ? String(pair.key.value) : "";
}

function scalarIn(map: YAMLMap, ...keys: readonly string[]): Scalar | undefined {
  for (const key of keys) {
    const value: unknown = map.get(key, true);
    if (isScalar(value)) {
      return value;
    }
  }
  return undefined;
}

/** Writes a new value in the place of a plain or quoted scalar, in the same style where that can carry it. */
function inStyleOf(scalar: Scalar, value: string): string {
  if (scalar.type === "QUOTE_DOUBLE") {
    return JSON.stringify(value);
  }
  if (scalar.type === "QUOTE_SINGLE") {
    return `'${value.replaceAll("'", "''")}'`;
  }
  const document = parseDocument(`[${value}]`);
  const isPlain = document.errors.length === 0 && document.getIn([0]) === value;
  return isPlain ? value : JSON.stringify(value);
}

/** Collects the edits of one file, as ranges of its text, so that comments and line numbers stay. */
class Editor {
  readonly edits: Edit[] = [];
  readonly problems: string[] = [];
  readonly #source: string;
  readonly #lines: LineCounter;
  readonly #derivation: Derivation;
  readonly #done = new Set<Scalar>();

  constructor(source: string, lines: LineCounter, derivation: Derivation) {
    this.#source = source;
    this.#lines = lines;
    this.#derivation = derivation;
  }

  /** `address:` beside `port_value:` or `port:`, as Envoy and the Collector write a socket. */
  socket(map: YAMLMap): void {
    const address = scalarIn(map, "address", "host");
    const port = scalarIn(map, "port_value", "port");
    if (!address || !port || typeof address.value !== "string" || !Number.isInteger(Number(port.value))) {
      return;
    }
    const endpoint = resolveEndpoint(address.value, Number(port.value), this.#derivation);
    if (endpoint === undefined) {
      return;
    }
    this.#done.add(address).add(port);
    if ("problem" in endpoint) {
      this.#problem(port, endpoint.problem);
      return;
    }
    this.#setText(address, address.value, loopback);
    this.#setPort(port, endpoint.port);
  }

  scalar(scalar: Scalar, key: string): void {
    if (this.#done.has(scalar)) {
      return;
    }
    const { value } = scalar;
    if (typeof value === "number" && portKey.test(key)) {
      const endpoint = resolveEndpoint(loopback, value, this.#derivation);
      if (endpoint && "port" in endpoint) {
        this.#setPort(scalar, endpoint.port);
      }
    } else if (typeof value === "string" && addressKey.test(key) && isMeshAddress(value, this.#derivation)) {
      this.#setText(scalar, value, loopback);
    } else if (typeof value === "string") {
      this.#text(scalar, value);
    }
  }

  #text(scalar: Scalar, value: string): void {
    const [start, end] = scalar.range ?? [0, 0];
    const isBlock = scalar.type === "BLOCK_LITERAL" || scalar.type === "BLOCK_FOLDED";
    const before = isBlock ? this.#source.slice(start, end) : value;
    const derived = deriveText(before, this.#derivation);
    for (const problem of derived.problems) {
      this.#problem(scalar, problem);
    }
    if (isBlock && derived.text !== before) {
      this.#edit(scalar, derived.text);
    } else {
      this.#setText(scalar, value, isBlock ? value : derived.text);
    }
  }

  #setText(scalar: Scalar, before: string, after: string): void {
    if (after !== before) {
      this.#edit(scalar, inStyleOf(scalar, after));
    }
  }

  #setPort(scalar: Scalar, port: number): void {
    if (Number(scalar.value) !== port) {
      this.#edit(scalar, String(port));
    }
  }

  #edit(scalar: Scalar, text: string): void {
    if (scalar.range) {
      this.edits.push({ start: scalar.range[0], end: scalar.range[1], text });
    }
  }

  #problem(scalar: Scalar, problem: string): void {
    this.problems.push(`line ${this.#lines.linePos(scalar.range?.[0] ?? 0).line}: ${problem}`);
  }
}

/**
 * Gives a YAML (or JSON) configuration file its native form. Only the changed values are replaced in the text, so
 * comments, layout and line numbers stay what they are.
 *
 * A key that stands twice is left for the program to judge: some take the last one. What is no YAML at all is a problem
 * of its own, as a program that is more lenient than we are would else run with addresses that were not mapped.
 */
export function deriveYaml(source: string, derivation: Derivation): DerivedFile {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(source, { lineCounter: lines, uniqueKeys: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error) {
    const [what] = error.message.split(" at line");
    return {
      text: undefined,
      problems: [`line ${lines.linePos(error.pos[0]).line}: not valid YAML: ${what}`],
    };
  }
  const editor = new Editor(source, lines, derivation);
  for (const document of documents) {
    visit(document, {
      Map: (_, map) => editor.socket(map),
      Scalar: (place, scalar, path) => {
        if (place === "key") {
          return;
        }
        const parents = path.filter((node) => isPair(node) || isMap(node));
        editor.scalar(scalar, keyOf(parents.findLast(isPair)));
      },
    });
  }
  let text = source;
  for (const { start, end, text: replacement } of editor.edits.toSorted((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + replacement + text.slice(end);
  }
  return { text: text === source ? undefined : text, problems: editor.problems };
}
