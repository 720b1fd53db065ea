/** One release of OpenTelemetry's SDK, with what goes with it. */
export interface SdkRelease {
  readonly version: string;
  /** Of `@opentelemetry/api`; each SDK takes one minor release of it alone. */
  readonly api: string;
  /** Of `@opentelemetry/instrumentation`, which has numbers of its own. */
  readonly instrumentation: string;
  /** The package that makes spans; its name has changed with SDK 3. */
  readonly tracePackage: "@opentelemetry/sdk-trace" | "@opentelemetry/sdk-trace-base";
  /** The oldest major release of Node that it runs on. */
  readonly oldestNode: number;
}

/** The releases that the matrix is made of, the oldest that the package takes first and the newest that was tested last. */
export const releases = {
  connect: ["2.2.0", "2.3.0"],
  sdk: [
    {
      // Its own releases of instrumentations, 0.57 and before, are too old for the zero code; npm says so.
      version: "1.30.1",
      api: "1.9.0",
      instrumentation: "0.200.0",
      tracePackage: "@opentelemetry/sdk-trace-base",
      oldestNode: 18,
    },
    {
      version: "2.0.0",
      api: "1.9.0",
      instrumentation: "0.200.0",
      tracePackage: "@opentelemetry/sdk-trace-base",
      oldestNode: 18,
    },
    {
      version: "2.12.1",
      api: "1.9.1",
      instrumentation: "0.223.0",
      tracePackage: "@opentelemetry/sdk-trace-base",
      oldestNode: 18,
    },
    {
      version: "3.0.0",
      api: "1.10.0",
      instrumentation: "0.300.0",
      tracePackage: "@opentelemetry/sdk-trace",
      oldestNode: 22,
    },
    {
      version: "3.1.1",
      api: "1.10.0",
      instrumentation: "0.301.1",
      tracePackage: "@opentelemetry/sdk-trace",
      oldestNode: 22,
    },
  ],
  node: ["20.20.2", "22.23.3", "24.21.0"],
  typescript: ["5.6.3", "5.9.3", "6.0.3", "7.0.2"],
} as const satisfies {
  connect: readonly string[];
  sdk: readonly SdkRelease[];
  node: readonly string[];
  typescript: readonly string[];
};

/** What is released under a name of npm, and the newest of it that the matrix runs. */
export const newestTested: Readonly<Record<string, string>> = {
  "@connectrpc/connect": releases.connect[1],
  "@opentelemetry/api": releases.sdk[4].api,
  "@opentelemetry/instrumentation": releases.sdk[4].instrumentation,
  "@opentelemetry/sdk-trace": releases.sdk[4].version,
  typescript: releases.typescript[3],
};

/** One set of releases that has to work together. */
export interface Cell {
  readonly connect: string;
  readonly sdk: SdkRelease;
  readonly node: string;
}

/** All sets: each Connect with each SDK on each Node that the SDK runs on. */
export function allCells(): Cell[] {
  return releases.connect.flatMap((connect) =>
    releases.sdk.flatMap((sdk) =>
      releases.node
        .filter((node) => Number.parseInt(node, 10) >= sdk.oldestNode)
        .map((node) => ({ connect, sdk, node })),
    ),
  );
}

/** All of the oldest, and all of the newest. */
export const ends = {
  oldest: { connect: releases.connect[0], sdk: releases.sdk[0], node: releases.node[0] },
  newest: { connect: releases.connect[1], sdk: releases.sdk[4], node: releases.node[2] },
} as const satisfies Record<string, Cell>;

/** A set in words. */
export function describeCell({ connect, sdk, node }: Cell): string {
  return `Connect ${connect}, SDK ${sdk.version}, API ${sdk.api}, Node ${node}`;
}
