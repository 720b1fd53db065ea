#!/usr/bin/env node
import { createProgram } from "./src/program.ts";
import { runProgram } from "./src/run-program.ts";

await runProgram("meshtrace", createProgram);
