/** What a native run knows about a program that stands for an image. */
export interface ProgramRule {
  /** Whether the tag of its image is the program's version. Not for Node, whose image is that of a service. */
  readonly isTaggedByVersion?: boolean;
  /** Arguments that the program needs only when it runs beside others on one host. */
  readonly nativeArgs: (args: readonly string[]) => readonly string[];
  /** The arguments that make the program check its configuration and exit; undefined when it cannot. */
  readonly validateArgs?: (args: readonly string[]) => readonly string[];
}

const none = (): readonly string[] => [];

function envoyArgs(args: readonly string[]): readonly string[] {
  // Hot restart takes shared memory and sockets by a number that all Envoys of a host would share.
  const isSeparate = args.some((arg) => /^--(?:disable-hot-restart|base-id|use-dynamic-base-id)/.test(arg));
  return isSeparate ? [] : ["--disable-hot-restart"];
}

/** The programs that may stand for a service's image, by name. */
export const programRules: ReadonlyMap<string, ProgramRule> = new Map<string, ProgramRule>([
  ["node", { nativeArgs: none }],
  [
    "envoy",
    {
      isTaggedByVersion: true,
      nativeArgs: envoyArgs,
      validateArgs: (args) => [...args, "--mode", "validate"],
    },
  ],
  [
    "otelcol-contrib",
    { isTaggedByVersion: true, nativeArgs: none, validateArgs: (args) => ["validate", ...args] },
  ],
  [
    "tempo",
    { isTaggedByVersion: true, nativeArgs: none, validateArgs: (args) => [...args, "-config.verify=true"] },
  ],
  ["etcd", { nativeArgs: none }],
  ["kube-apiserver", { nativeArgs: none }],
  ["pilot-discovery", { nativeArgs: none }],
  ["pilot-agent", { nativeArgs: none }],
]);
