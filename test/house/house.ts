import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseSync } from "oxc-parser";

/** A package of the repository. */
export interface Package {
  /** Without the scope that all of them have. */
  readonly name: string;
  /** From the top of the repository. */
  readonly folder: string;
  /** What others may import: "." or "./node". */
  readonly doors: ReadonlyMap<string, string>;
}

/** An import of a source file, also one of types only. */
export interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly line: number;
}

/** The packages of a repository, and what its files import. Paths are from its top. */
export interface House {
  readonly packages: readonly Package[];
  readonly files: readonly string[];
  readonly imports: readonly Import[];
}

/** What all packages are called before their own names. */
const scope = "@envoy-mesh-lab/";

/** Reads the packages and the imports of all sources below a folder. */
export function readHouse(root: string): House {
  const { workspaces } = readManifest(join(root, "package.json")) as { workspaces: string[] };
  const folders = globSync(workspaces, { cwd: root }).filter((it) =>
    existsSync(join(root, it, "package.json")),
  );
  const packages = folders.sort().map((folder) => toPackage(root, folder));
  const sources = globSync("**/*.{ts,tsx,mjs}", {
    cwd: root,
    exclude: (it) => ["node_modules", "dist", "workspace"].includes(it) || it.startsWith("."),
  })
    // Each example is a project of its own, which has the package as a stranger has it.
    .filter((it) => !it.startsWith("packages/otelconnect/examples/"))
    .sort();
  return { packages, files: sources, imports: sources.flatMap((it) => importsOf(root, it)) };
}

function toPackage(root: string, folder: string): Package {
  const { name, exports = {} } = readManifest(join(root, folder, "package.json"));
  const doors = Object.entries(exports as Record<string, string>);
  return {
    name: (name as string).slice(scope.length),
    folder,
    doors: new Map(doors.map(([door, target]) => [door, join(folder, target)])),
  };
}

function readManifest(file: string): Record<string, unknown> {
  return JSON.parse(readFileSync(file, "utf8"));
}

function importsOf(root: string, file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const { module, errors } = parseSync(file, text);
  if (errors.length > 0) throw new Error(`${file} cannot be parsed: ${errors[0]?.message}`);
  const found = [
    ...module.staticImports.map((it) => ({ specifier: it.moduleRequest.value, at: it.start })),
    ...module.staticExports.flatMap(({ entries, start }) =>
      entries.flatMap((it) => (it.moduleRequest ? [{ specifier: it.moduleRequest.value, at: start }] : [])),
    ),
    ...module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
      const [, specifier] = /^["'](.*)["']$/.exec(text.slice(start, end)) ?? [];
      return specifier === undefined ? [] : [{ specifier, at: start }];
    }),
  ];
  return found.map(({ specifier, at }) => ({ file, specifier, line: text.slice(0, at).split("\n").length }));
}

/** The package that a file is in; undefined for what belongs to the repository as a whole. */
export function packageOf({ packages }: House, file: string): Package | undefined {
  return packages.find(({ folder }) => !relative(folder, file).startsWith(".."));
}

/** The file that an import leads to, when it is one of the house. */
export function targetOf(house: House, { file, specifier }: Import): string | undefined {
  if (specifier.startsWith(".")) return join(dirname(file), specifier);
  const [name, door] = nameAndDoor(specifier) ?? [];
  return house.packages.find((it) => it.name === name)?.doors.get(door ?? "");
}

/** The name and the door of an import of one of the packages: ["trace", "./node"]. */
export function nameAndDoor(specifier: string): [name: string, door: string] | undefined {
  if (!specifier.startsWith(scope)) return undefined;
  const [name = "", ...path] = specifier.slice(scope.length).split("/");
  return [name, [".", ...path].join("/")];
}
