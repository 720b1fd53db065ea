import { createHash } from "node:crypto";
import { constants } from "node:os";
import { basename, extname, join } from "node:path";
import type { ComposeService } from "../compose/schema.ts";
import type { Derivation, PathMapping } from "./derive-text.ts";
import { derivePaths, deriveText } from "./derive-text.ts";
import { deriveYaml } from "./derive-yaml.ts";
import type { HealthPlan } from "./health-plan.ts";
import { healthOf } from "./health-plan.ts";
import { networkFiles, wayInto } from "./networks.ts";
import type { ConfigCopy, Dependency, PartPlan, PlanInput } from "./plan-types.ts";
import { programRules } from "./program-rules.ts";
import { parseRestartPolicy } from "./restart-policy.ts";

const defaultGraceMs = 10_000;
const yamlFiles = new Set([".yaml", ".yml", ".json"]);

/** The program that a service runs natively, by name. */
export function programOf(service: ComposeService): string {
  const first = service.entrypoint?.[0] ?? service.command?.[0] ?? "";
  return service["x-native"]?.program ?? basename(first);
}

function argsOf(service: ComposeService): string[] {
  const { entrypoint, command } = service;
  const args = [...(entrypoint?.slice(1) ?? []), ...(command ?? [])];
  const isProgramInCommand = !entrypoint?.length && service["x-native"]?.program === undefined;
  return isProgramInCommand ? args.slice(1) : args;
}

function signalOf(text: string | undefined): NodeJS.Signals | undefined {
  const names = Object.entries(constants.signals);
  const wanted = text ?? "SIGTERM";
  const found = names.find(
    ([name, number]) => name === wanted || name === `SIG${wanted}` || String(number) === wanted,
  );
  return found?.[0] as NodeJS.Signals | undefined;
}

/** Says in a derived file where it comes from, in no line of its own: its line numbers stay those of the source. */
function withOrigin(text: string, source: string): string {
  const note = `# Made from ${source} for a native run; edit that file, not this one.`;
  if (extname(source) === ".json") {
    return text;
  }
  return text.startsWith("#") ? `${note} ${text}` : `${text.replace(/\n?$/, "\n")}${note}\n`;
}

/** Plans one service; what cannot be planned is added to `problems`. */
export class PartPlanner {
  readonly #input: PlanInput;
  readonly #name: string;
  readonly #service: ComposeService;
  readonly #problems: string[];
  readonly #paths: PathMapping[] = [];
  readonly #derivation: Derivation;

  constructor(input: PlanInput, name: string, service: ComposeService, problems: string[]) {
    this.#input = input;
    this.#name = name;
    this.#service = service;
    this.#problems = problems;
    this.#derivation = { service: name, ports: input.ports, paths: this.#paths };
    for (const [target, used] of Object.entries(service["x-native"]?.uses ?? {})) {
      const found = input.programs[used];
      if (found) this.#paths.push({ target, native: found.path });
      else this.#problem(`x-native.uses: there is no native program "${used}"`);
    }
  }

  plan(): PartPlan | undefined {
    const { folders, binds } = this.#mounts();
    const configs = [...this.#configs(binds), ...this.#networks()];
    const program = programOf(this.#service);
    const found = this.#input.programs[program];
    const rule = programRules.get(program);
    const stopSignal = signalOf(this.#service.stop_signal);
    const restart = parseRestartPolicy(this.#service.restart);
    if (!found || !rule) {
      const known = [...programRules.keys()].join(", ");
      this.#problem(
        program === ""
          ? `nothing says which program runs it; set x-native.program to one of ${known}`
          : `there is no native program "${program}"; set x-native.program to one of ${known}`,
      );
    }
    if (!stopSignal) {
      this.#problem(`stop_signal: there is no signal ${this.#service.stop_signal}`);
    }
    if (!restart) {
      this.#problem(`restart: there is no policy "${this.#service.restart}"`);
    }
    const release = rule?.isTaggedByVersion && /:v?(\d+\.\d+)/.exec(this.#service.image ?? "")?.[1];
    if (found && release && !found.version.startsWith(`${release}.`)) {
      this.#problem(
        `image: ${this.#service.image} is not what runs here, which is ${program} ${found.version}`,
      );
    }
    const args = argsOf(this.#service).map((arg, index) => this.#derive(arg, `argument ${index + 1}`));
    const own = this.#environment();
    const health = this.#health();
    const dependsOn = this.#dependencies();
    const { drain, room: least } = this.#service["x-native"] ?? {};
    const mounted = binds.filter(({ source }) => this.#input.mounts.get(source)?.kind === "folder");
    const onDisk = folders.filter((folder) => !folder.startsWith(this.#input.temporaryFolder));
    const disks = [...onDisk, ...mounted.map(({ source }) => source)];
    if (!found || !rule || !stopSignal || !restart) {
      return undefined;
    }
    const part: Omit<PartPlan, "hash"> = {
      name: this.#name,
      program,
      version: found.version,
      ...this.#within(),
      argv: [found.path, ...args, ...rule.nativeArgs(args)],
      env: { ...this.#input.baseEnv, ...own },
      cwd: this.#workingFolder(),
      folders,
      ...(least === undefined ? {} : { room: { least, folders: disks } }),
      configs,
      ports: this.#input.ports.get(this.#name) ?? [],
      dependsOn,
      ...(health ? { health } : {}),
      ...(this.#service["x-native"]?.validate ? { validateArgs: this.#service["x-native"].validate } : {}),
      restart,
      ...(drain === undefined ? {} : { drain: this.#derive(drain, "x-native.drain") }),
      stopSignal,
      stopGrace: this.#service.stop_grace_period ?? defaultGraceMs,
    };
    const asTheyAre = binds.map(({ source }) => this.#input.mounts.get(source));
    // Without the user's own environment: another shell's PATH is no reason to restart a mesh.
    const hash = createHash("sha256")
      .update(JSON.stringify([{ ...part, env: own }, asTheyAre]))
      .digest("hex")
      .slice(0, 16);
    return { ...part, hash };
  }

  /** The network that it runs in; undefined when that is this machine's own. */
  get #network(): string | undefined {
    return this.#service["x-native"]?.network;
  }

  #within(): Pick<PartPlan, "within"> {
    if (this.#network === undefined) return {};
    const { project, configFolder } = this.#input;
    return {
      within: wayInto(this.#network, {
        project: project.name,
        configFolder,
        group: this.#service["x-native"]?.group,
        capabilities: this.#service.cap_add,
      }),
    };
  }

  /** What the part that makes the networks is told: files in the places that its command names. */
  #networks(): ConfigCopy[] {
    const networks = this.#service["x-native"]?.networks;
    if (networks === undefined) return [];
    const { files, problems } = networkFiles(networks, this.#input);
    for (const problem of problems) this.#problem(`x-native.networks: ${problem}`);
    for (const { target, path } of files) this.#paths.push({ target, native: path });
    return files.map(({ path, text }) => ({ path, source: `x-native.networks of ${this.#name}`, text }));
  }

  #problem(text: string): void {
    this.#problems.push(`${this.#name}: ${text}`);
  }

  /** Within a network of its own a part has the names and ports that its files say, and only the paths differ. */
  #derive(text: string, place: string): string {
    return this.#network === undefined ? this.#deriveAll(text, place) : derivePaths(text, this.#paths);
  }

  #deriveAll(text: string, place: string): string {
    const derived = deriveText(text, this.#derivation);
    for (const problem of derived.problems) {
      this.#problem(`${place}: ${problem}`);
    }
    return derived.text;
  }

  /** Volumes and file systems in memory become folders; binds become paths, first as they are. */
  #mounts(): { folders: string[]; binds: { source: string; target: string }[] } {
    const folders: string[] = [];
    const binds: { source: string; target: string }[] = [];
    for (const { type, source, target } of this.#service.volumes) {
      if (type === "bind" && source !== undefined) {
        binds.push({ source, target });
        continue;
      }
      const folder = source
        ? join(this.#input.volumeFolder, source)
        : join(this.#input.anonymousFolder, this.#name, target.replaceAll("/", "_"));
      folders.push(folder);
      this.#paths.push({ target, native: folder });
    }
    for (const entry of this.#service.tmpfs) {
      const [target = ""] = entry.split(":");
      const folder = join(this.#input.temporaryFolder, this.#name, target.replaceAll("/", "_"));
      folders.push(folder);
      this.#paths.push({ target, native: folder });
    }
    for (const { source, target } of binds) {
      this.#paths.push({ target, native: source });
    }
    return { folders, binds };
  }

  #configs(binds: readonly { source: string; target: string }[]): ConfigCopy[] {
    const configs: ConfigCopy[] = [];
    for (const [index, { source, target }] of binds.entries()) {
      const mount = this.#input.mounts.get(source);
      if (!mount || mount.kind === "missing") {
        this.#problem(`volumes: there is no ${source}`);
      }
      if (mount?.kind !== "file" || !yamlFiles.has(extname(source)) || this.#network !== undefined) {
        continue;
      }
      const derived = deriveYaml(mount.text, this.#derivation);
      for (const problem of derived.problems) {
        this.#problem(`${source}: ${problem}`);
      }
      if (derived.text === undefined) {
        continue;
      }
      const isTaken = configs.some((config) => basename(config.source) === basename(source));
      const path = join(
        this.#input.configFolder,
        this.#name,
        `${isTaken ? `${index}-` : ""}${basename(source)}`,
      );
      configs.push({ path, source, text: withOrigin(derived.text, source) });
      const place = this.#paths.findIndex((mapping) => mapping.target === target);
      this.#paths[place] = { target, native: path };
    }
    return configs;
  }

  #environment(): Record<string, string> {
    const { environment } = this.#service;
    const set = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== null);
    return Object.fromEntries(set.map(([key, value]) => [key, this.#derive(value, `environment ${key}`)]));
  }

  #workingFolder(): string {
    const { working_dir: wanted, build } = this.#service;
    const native = wanted === undefined ? undefined : deriveText(wanted, this.#derivation).text;
    // A folder of the image that is no mount does not exist natively.
    return native !== undefined && native !== wanted ? native : (build?.context ?? this.#input.root);
  }

  #health(): HealthPlan | undefined {
    const health = healthOf(this.#service);
    if (health?.probe.kind === "http") {
      const { probe, refusals } = health;
      return {
        ...health,
        probe: { kind: "http", url: this.#deriveAll(probe.url, "x-native.ready") },
        ...(refusals
          ? { refusals: { ...refusals, url: this.#deriveAll(refusals.url, "x-native.refusals") } }
          : {}),
      };
    }
    if (health?.probe.kind === "exec") {
      const [program, ...args] = health.probe.argv.map((arg) => this.#derive(arg, "healthcheck.test"));
      const [first = "", ...rest] = [...(this.#within().within ?? []), program ?? "", ...args];
      return { ...health, probe: { kind: "exec", argv: [first, ...rest] } };
    }
    return undefined;
  }

  #dependencies(): Dependency[] {
    const { services } = this.#input.project;
    return Object.entries(this.#service.depends_on).flatMap(([name, { condition, required, restart }]) => {
      const service = services[name];
      if (!service) {
        if (required) {
          this.#problem(`depends_on: there is no service ${name}`);
        }
        return [];
      }
      if (condition === "service_healthy" && !healthOf(service)) {
        this.#problem(`depends_on: ${name} can never be healthy, because it has no healthcheck`);
      }
      return [{ name, condition, restart }];
    });
  }
}
