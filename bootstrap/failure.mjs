/**
 * Exit codes of the bootstrap. They are the same numbers as in packages/trace/src/exit-codes.ts, which Node 20 cannot import;
 * a test holds the two together.
 */
export const exitCodes = Object.freeze({ usage: 2, missingTools: 4, installFailed: 5 });

/** An error that ends the bootstrap with a message for the user, not a stack trace. */
export class BootstrapError extends Error {
  /**
   * @param {string} message what is wrong
   * @param {{ exitCode: number, hint?: string, cause?: unknown }} options `hint` says what to do next
   */
  constructor(message, { exitCode, hint, cause }) {
    super(message, { cause });
    this.name = "BootstrapError";
    this.exitCode = exitCode;
    this.hint = hint;
  }
}
