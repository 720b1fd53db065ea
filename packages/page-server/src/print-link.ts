// Prints the link of the page that is served here, for who has a way into its container and no `lab`.
import { readConfig } from "./config.ts";
import { linkOf } from "./link.ts";
import { ensureToken } from "./session.ts";

const { origin, sessionFolder } = readConfig(process.env);
console.log(linkOf(origin, ensureToken(sessionFolder)));
