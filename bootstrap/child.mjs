import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";

/** @type {NodeJS.Signals[]} */
const forwarded = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program on our own terminal and passes signals on to it.
 *
 * On a terminal, Ctrl-C already reaches the child, which is in our process group; passing it on as well would make
 * two of one. Any other signal, and SIGINT without a terminal, comes to us alone.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, stdout?: "inherit" | "stderr", onSignal?: (signal: NodeJS.Signals) => void }} [options]
 *   `stdout: "stderr"` keeps standard output free for what the user asked for; `onSignal` is called with each signal that is passed on
 * @returns {Promise<number>} the exit code, 128 + the signal's number when a signal ended it
 */
export async function runForeground(file, args, options = {}) {
  const { cwd, env = process.env, stdout = "inherit", onSignal } = options;
  const terminalSendsInterrupt = hasTerminal();
  const child = spawn(file, args, {
    cwd,
    env,
    stdio: ["inherit", stdout === "stderr" ? 2 : "inherit", "inherit"],
  });
  const forwarders = forwarded.map((signal) => {
    const forward = () => {
      onSignal?.(signal);
      if (signal === "SIGINT" && terminalSendsInterrupt) return;
      child.kill(signal);
    };
    process.on(signal, forward);
    return { signal, forward };
  });
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve(signal ? 128 + constants.signals[signal] : (code ?? 1)));
    });
  } finally {
    for (const { signal, forward } of forwarders) process.off(signal, forward);
  }
}

/** Whether this process has a controlling terminal, also with all its streams redirected. */
function hasTerminal() {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    // ENXIO, ENODEV or ENOENT: there is none.
    return false;
  }
}
