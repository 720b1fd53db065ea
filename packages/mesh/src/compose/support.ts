/** Keys of a service that a native run honours. */
export const honouredKeys: ReadonlySet<string> = new Set([
  "command",
  "depends_on",
  "entrypoint",
  "env_file",
  "environment",
  "expose",
  "extends",
  "healthcheck",
  "ports",
  "profiles",
  "restart",
  "stop_grace_period",
  "stop_signal",
  "tmpfs",
  "volumes",
  "working_dir",
  "x-native",
]);

/** Keys of a service that mean nothing without a container, each with the reason why leaving it out is right. */
export const ignoredKeys: ReadonlyMap<string, string> = new Map([
  ["annotations", "labels of a container"],
  ["attach", "every part's output goes to its log file"],
  ["build", "the sources run as they are; the build context is the working folder"],
  ["cap_drop", "a limit on a container; a process here has no more rights than you"],
  ["container_name", "there is no container to name"],
  ["cpus", "a limit on a container"],
  ["cpu_shares", "a limit on a container"],
  ["develop", "the sources run as they are"],
  ["hostname", "every part listens on 127.0.0.1"],
  ["image", "the program itself runs; an image of another release is refused"],
  ["init", "the supervisor reaps its parts"],
  ["labels", "labels of a container"],
  ["label_file", "labels of a container"],
  ["logging", "every part's output goes to its log file, which is bounded"],
  ["mem_limit", "a limit on a container"],
  ["mem_reservation", "a limit on a container"],
  ["memswap_limit", "a limit on a container"],
  ["oom_score_adj", "a limit on a container"],
  ["pids_limit", "a limit on a container"],
  ["platform", "the program for this machine runs"],
  ["pull_policy", "there is no image to pull"],
  ["read_only", "there is no container file system"],
  ["security_opt", "a limit on a container; a process here has no more rights than you"],
  ["shm_size", "a limit on a container"],
  ["stdin_open", "a part has no terminal"],
  ["tty", "a part has no terminal"],
  ["ulimits", "a limit on a container; your own limits apply"],
  ["user", "every part runs as you"],
]);

/** A setting that a native run cannot honour. */
export interface Unsupported {
  readonly path: readonly string[];
  readonly reason: string;
}

type Tree = Readonly<Record<string, unknown>>;

const topLevel = new Set(["name", "services", "volumes", "networks", "version"]);
const deployIgnored = new Set([
  "resources",
  "labels",
  "mode",
  "placement",
  "update_config",
  "rollback_config",
]);
const cannot = "a native run has nothing that corresponds to it";

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function trees(value: unknown): [string, Tree][] {
  return isTree(value) ? Object.entries(value).map(([key, tree]) => [key, isTree(tree) ? tree : {}]) : [];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || (isTree(value) && Object.values(value).every(isEmpty));
}

function unsupportedDeploy(path: string[], deploy: unknown): Unsupported[] {
  return Object.entries(isTree(deploy) ? deploy : {})
    .filter(
      ([key, value]) => !deployIgnored.has(key) && !(key === "replicas" && value === 1) && !isEmpty(value),
    )
    .map(([key]) => ({
      path: [...path, key],
      reason: key === "replicas" ? "one process runs for each service" : cannot,
    }));
}

function unsupportedNetworks(path: string[], networks: unknown): Unsupported[] {
  return trees(networks)
    .filter(([name, options]) => name !== "default" || !isEmpty(options))
    .map(([name]) => ({
      path: [...path, name],
      reason: "every part shares the loopback interface, without networks of its own",
    }));
}

function unsupportedPorts(path: string[], ports: unknown): Unsupported[] {
  const list: unknown[] = Array.isArray(ports) ? ports : [];
  return list.flatMap((port, index) => {
    const protocol = isTree(port) ? (port.protocol ?? "tcp") : (/\/(\w+)$/.exec(String(port))?.[1] ?? "tcp");
    const isOneTcpPort = protocol === "tcp" && !(isTree(port) && String(port.published ?? "").includes("-"));
    return isOneTcpPort
      ? []
      : [{ path: [...path, String(index)], reason: "only single TCP ports run natively" }];
  });
}

function unsupportedVolumes(path: string[], volumes: unknown): Unsupported[] {
  const list: unknown[] = Array.isArray(volumes) ? volumes : [];
  return list.flatMap((volume, index) => {
    if (!isTree(volume)) {
      return [];
    }
    const at = [...path, String(index)];
    if (volume.type !== "bind" && volume.type !== "volume") {
      return [{ path: [...at, "type"], reason: `a ${String(volume.type)} mount needs a container` }];
    }
    const subpath = isTree(volume.volume) ? volume.volume.subpath : undefined;
    return subpath === undefined ? [] : [{ path: [...at, "volume", "subpath"], reason: cannot }];
  });
}

function unsupportedInService(name: string, service: Tree): Unsupported[] {
  const path = ["services", name];
  return Object.entries(service).flatMap(([key, value]): Unsupported[] => {
    switch (key) {
      case "deploy":
        return unsupportedDeploy([...path, key], value);
      case "networks":
        return unsupportedNetworks([...path, key], value);
      case "volumes":
        return unsupportedVolumes([...path, key], value);
      case "ports":
      case "expose":
        return unsupportedPorts([...path, key], value);
      case "scale":
        return value === 1 ? [] : [{ path: [...path, key], reason: "one process runs for each service" }];
      case "cap_add":
        // A process in a network of its own has no capabilities but these; every other has the user's.
        return isTree(service["x-native"]) && service["x-native"].network !== undefined
          ? []
          : [{ path: [...path, key], reason: "a process here has no more rights than you" }];
      case "privileged":
        return value === true
          ? [{ path: [...path, key], reason: "a process here has no more rights than you" }]
          : [];
      default:
        if (honouredKeys.has(key) || ignoredKeys.has(key) || isEmpty(value)) {
          return [];
        }
        if (key.startsWith("x-") && key !== "x-native") {
          return [];
        }
        return [{ path: [...path, key], reason: cannot }];
    }
  });
}

/**
 * Every setting of a normalised project that a native run can neither honour nor leave out in good conscience.
 * What it leaves out is in {@link ignoredKeys}; what it honours in {@link honouredKeys}; all the rest is refused.
 */
export function findUnsupported(project: Tree): Unsupported[] {
  const top = Object.keys(project)
    .filter((key) => !topLevel.has(key) && !key.startsWith("x-") && !isEmpty(project[key]))
    .map((key) => ({ path: [key], reason: cannot }));
  const volumes = trees(project.volumes).flatMap(([name, options]) =>
    Object.keys(options)
      .filter((key) => key !== "name" && key !== "labels" && !key.startsWith("x-") && options[key] !== false)
      .map((key) => ({ path: ["volumes", name, key], reason: "a named volume is a folder here" })),
  );
  const services = trees(project.services).flatMap(([name, service]) => unsupportedInService(name, service));
  const networks = trees(project.networks)
    .filter(([name]) => name !== "default")
    .map(([name]) => ({ path: ["networks", name], reason: "every part shares the loopback interface" }));
  return [...top, ...networks, ...volumes, ...services];
}
