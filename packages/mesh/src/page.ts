import { labParts } from "./lab-parts.ts";
import { portShiftOf } from "./native/gather.ts";

/** The profile of compose.yaml that the page is in, and the page's own name in it. */
export const pageProfile = labParts.page.service;

/** Where compose.yaml has the page keep the token of its session. */
export const pageSession = { volume: "page-session", mount: "/var/lib/page", file: "token" } as const;

/** The variable of compose.yaml with the page's origin. */
const originVariable = "PAGE_ORIGIN";

/**
 * Where browsers find the page: `PAGE_PORT`, moved as all ports of the mesh are. The edge answers to calls of this origin, and
 * compose files cannot add two numbers.
 */
export function pageOrigin(env: NodeJS.ProcessEnv): string {
  const port = Number(env.PAGE_PORT || labParts.page.port) + portShiftOf(env);
  return env[originVariable] || `http://127.0.0.1:${port}`;
}

/** The environment that compose files are read with, and the page's origin in it. */
export function withPageOrigin(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, [originVariable]: pageOrigin(env) };
}

/** What a command asks for, and what runs already. */
export interface PageFacts {
  readonly profiles?: readonly string[] | undefined;
  readonly parts?: readonly string[] | undefined;
  readonly env: NodeJS.ProcessEnv;
  /** The names of the parts that the mesh has now. */
  readonly running: readonly string[];
}

/**
 * The profiles that a mesh is brought up with. Who brings a mesh up to date with other files, as an exercise does, leaves the page
 * open that shows it; only ending the mesh ends the page.
 */
export function profilesWith({
  profiles,
  parts = [],
  env,
  running,
}: PageFacts): readonly string[] | undefined {
  if (![...parts, ...running].includes(pageProfile)) return profiles;
  const asked = profiles ?? (env.COMPOSE_PROFILES ?? "").split(",").filter((it) => it !== "");
  return [...new Set([...asked, pageProfile])];
}
