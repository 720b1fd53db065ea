/** How a kitchen ends when it is told to (SIGTERM). */
export const endingSettings = {
  /**
   * How long what is being brewed may take: no new order comes in meanwhile, and what is not done then is thrown away.
   * Quick ends make quick roll-outs.
   */
  SHUTDOWN_TIMEOUT: "100ms",
};
