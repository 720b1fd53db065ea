import { spawn } from "node:child_process";

/** What opens a link on a machine; undefined where there is no display to show it on. */
export function opener(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | undefined {
  if (platform === "darwin") return "open";
  return env.DISPLAY || env.WAYLAND_DISPLAY ? "xdg-open" : undefined;
}

/**
 * Opens a link in the user's browser, which goes on when this process ends.
 *
 * @returns whether something was there to open it.
 */
export function openLink(link: string): Promise<boolean> {
  const program = opener(process.platform, process.env);
  if (program === undefined) return Promise.resolve(false);
  return new Promise((resolve) => {
    const child = spawn(program, [link], { detached: true, stdio: "ignore" });
    child.once("error", () => resolve(false));
    child.once("spawn", () => {
      child.unref();
      resolve(true);
    });
  });
}
