/** How a kitchen ends when it is told to (SIGTERM). */
export const endingSettings = {
  /**
   * How long what is being brewed may take: no new order comes in meanwhile, and what is not done then is thrown away.
   * Longer than any order takes, and shorter than the time after which the platform kills it (stop_grace_period: 15s).
   */
  SHUTDOWN_TIMEOUT: "10s",
};
