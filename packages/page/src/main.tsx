import "./colors.css";
import "./shell/shell.css";
import { render } from "preact";
import { takeDroppedFiles } from "./drop/drop-zone.ts";
import { Frame } from "./shell/frame.tsx";
import { keepSession } from "./shell/session.ts";

// As long as the page is there.
void keepSession(new AbortController().signal);
takeDroppedFiles();

render(<Frame />, document.getElementById("page") as HTMLElement);
