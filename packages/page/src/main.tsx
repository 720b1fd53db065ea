import "./colors.css";
import "./shell/shell.css";
import { render } from "preact";
import { takeDroppedFiles } from "./drop/drop-zone.ts";
import { cafeCommands } from "./shell/cafe-commands.ts";
import { commands, wayCommands } from "./shell/commands.ts";
import { Frame } from "./shell/frame.tsx";
import { places } from "./shell/places.ts";
import { keepSession } from "./shell/session.ts";

commands.value = [
  ...wayCommands(Object.fromEntries(Object.entries(places).map(([name, { title }]) => [name, title]))),
  ...cafeCommands,
];
// As long as the page is there.
void keepSession(new AbortController().signal);
takeDroppedFiles();

render(<Frame />, document.getElementById("page") as HTMLElement);
