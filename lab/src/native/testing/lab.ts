import { Command } from "commander";
import { upCommand } from "../../commands/up.ts";
import { LabError } from "../../lab-error.ts";

// `lab up` alone, as a process of its own for tests that interrupt or kill it.
try {
  await new Command("lab").addCommand(upCommand()).parseAsync();
} catch (error) {
  console.error(error);
  process.exitCode = error instanceof LabError ? error.exitCode : 1;
}
