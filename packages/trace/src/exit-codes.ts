/** What the exit code of `lab` says. The codes are stable: scripts may rely on them. */
export const ExitCode = {
  /** All is well. */
  ok: 0,
  /** The check found something, or a part of the mesh is not healthy. */
  findings: 1,
  /** The command line is wrong: an unknown command, flag, RPC, part or file. Also: `check` could not look. */
  usage: 2,
  /** The mesh, or the part that is needed, is not running. */
  notRunning: 3,
  /** Python, pip, Go or a new enough Node is missing. */
  toolsMissing: 4,
  /** A download or a build failed. */
  installFailed: 5,
  /** A port that the mesh needs is taken. */
  portTaken: 6,
  /** The compose file is broken, or asks for what a native run cannot honour. */
  composeInvalid: 7,
  /** Envoy, the Collector or Tempo rejects its configuration. */
  configRejected: 8,
  /** A part did not become ready, or ended by itself. */
  notReady: 9,
  /** The trace is not in Tempo: it never arrived, or the id is unknown. */
  traceMissing: 10,
  /** A call failed. */
  callFailed: 11,
  /** A mistake in `lab` itself, and no answer (sysexits.h, EX_SOFTWARE); never to be taken for findings. */
  internal: 70,
  /** The disk has no room left, and there is no result (sysexits.h, EX_IOERR). */
  noRoom: 74,
  /** Interrupted with Ctrl-C (128 + SIGINT). */
  interrupted: 130,
} as const;
