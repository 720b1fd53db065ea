import "./colors.css";
import "./shell/shell.css";
import { render } from "preact";
import { Frame } from "./shell/frame.tsx";
import { keepSession } from "./shell/session.ts";

// As long as the page is there.
void keepSession(new AbortController().signal);

render(<Frame />, document.getElementById("page") as HTMLElement);
