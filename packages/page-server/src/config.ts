import { ExitCode, LabError } from "@envoy-mesh-lab/trace";

/** Where the page is served and what it is to know, as its environment says. */
export interface PageConfig {
  readonly host: string;
  readonly port: number;
  /** Where browsers find it: the port of a container is another than the one it is published to. */
  readonly origin: string;
  /** The folder with the token of the session. */
  readonly sessionFolder: string;
  /** The origin of the edge as browsers reach it, for where the mesh cannot be asked. */
  readonly edge: string;
  /** Where the Collector takes OTLP over HTTP. */
  readonly collector: string;
  /** Whether it runs in a container, as its image says, where nothing can be asked that runs the mesh. */
  readonly inContainer: boolean;
}

/**
 * Reads the environment that compose.yaml gives the page.
 *
 * @throws {LabError} (exit code `usage`) that names every variable that is missing or wrong.
 */
export function readConfig(env: NodeJS.ProcessEnv): PageConfig {
  const problems: string[] = [];
  const read = (name: string, pattern: RegExp, what: string): string => {
    const text = env[name] ?? "";
    if (!pattern.test(text)) problems.push(`${name} is "${text}", which is no ${what}`);
    return text;
  };
  const origin = /^http:\/\/[\w.-]+:\d{1,5}$/;
  const address = read("LISTEN_ADDRESS", /^[\d.]+:\d{1,5}$/, "address such as 127.0.0.1:8090");
  const config = {
    host: address.replace(/:.*/, ""),
    port: Number(address.replace(/.*:/, "")),
    origin: read("PAGE_ORIGIN", origin, "origin such as http://127.0.0.1:8090"),
    sessionFolder: read("SESSION_FOLDER", /^\//, "absolute path"),
    edge: read("EDGE_ORIGIN", origin, "origin such as http://127.0.0.1:8080"),
    collector: read("COLLECTOR_URL", origin, "URL such as http://127.0.0.1:4318"),
    inContainer: env.PAGE_IN_CONTAINER === "true",
  };
  if (problems.length > 0) {
    throw new LabError(`the page's settings are wrong:\n${problems.join("\n")}`, {
      hint: "compose.yaml has them; `lab ui` starts the page with them.",
      exitCode: ExitCode.usage,
    });
  }
  return config;
}
