/** The folder that the user is in, also under npm, which changes it. */
export function userFolder(): string {
  return process.env.INIT_CWD ?? process.cwd();
}
