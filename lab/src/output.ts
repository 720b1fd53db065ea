/** Prints data as JSON, with what JSON has no word for written as text: bigint, and $typeName of messages left out. */
export function printJson(value: unknown): void {
  console.log(
    JSON.stringify(
      value,
      (key, it: unknown) => (key === "$typeName" ? undefined : typeof it === "bigint" ? it.toString() : it),
      2,
    ),
  );
}

/** Whether standard output takes colours: a terminal, and NO_COLOR (https://no-color.org) not set. */
export function hasColor(): boolean {
  return process.stdout.isTTY === true && !process.env.NO_COLOR;
}
