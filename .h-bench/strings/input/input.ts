/** Takes the bytes of one input as they come. */
export interface Input {
  /** Takes the next bytes. */
  feed(chunk: Uint8Array): void;
  /**
   * Says that no byte follows.
   *
   * @throws {LabError} (exit code `usage`) when the input is broken as a whole.
   */
  end(): void;
}
