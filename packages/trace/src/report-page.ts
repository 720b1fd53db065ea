import { htmlPage } from "./html-page.ts";
import { escapeMarkup } from "./markup.ts";

/** Colours of Okabe and Ito's palette ("Color Universal Design", 2008), which most colour-blind readers tell apart. */
const style = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1d2327; --soft: #59636b; --line: #dfe3e6; --card: #f5f7f8;
  --app: #009e73; --client: #8fd0b8; --proxy: #d55e00; --network: #56b4e9; --waiting: #c3c9cd; --mixed: #cc79a7; --unknown: #f0e442;
  --on-app: #fff; --on-client: #10241d; --on-proxy: #fff; --on-network: #06202f; --on-waiting: #1d2327; --on-mixed: #210a17; --on-unknown: #24220a; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181b; --ink: #e9edf0; --soft: #a3adb5; --line: #333b41; --card: #1e2428;
  --app: #17a67e; --client: #6fb59b; --proxy: #ea7a1f; --network: #56b4e9; --waiting: #66717a; --mixed: #d88bb5;
  --on-app: #04140f; --on-proxy: #1d0c00; --on-waiting: #fff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
.page { max-width: 1080px; margin: 0 auto; padding: 32px 24px 64px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 4px; } h2 { font-size: 20px; margin: 44px 0 6px; }
h1, h2, h3, .source { overflow-wrap: anywhere; }
h3 { font-size: 16px; margin: 0 0 6px; } h3 span { font-weight: 400; color: var(--soft); }
.cause { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--waiting); border-radius: 8px; padding: 14px 18px; margin: 14px 0; }
.cause.error { border-left-color: #c8102e; } .cause.warning { border-left-color: #e0a100; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 14px; margin: 0; }
dt { color: var(--soft); } dd { margin: 0; max-width: 75ch; overflow-wrap: anywhere; }
p { margin: 6px 0; max-width: 75ch; } .soft, figcaption { color: var(--soft); font-size: 14px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(130px, 1fr)); gap: 12px; margin: 20px 0; padding: 0; list-style: none; }
.cards li { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 10px 14px; }
.cards b { display: block; font-size: 22px; } .cards span { color: var(--soft); font-size: 13px; }
figure { margin: 12px 0; } svg { display: block; width: 100%; min-width: 800px; height: auto; } figcaption { margin-top: 4px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 8px 0; padding: 0; list-style: none; font-size: 14px; }
.swatch { forced-color-adjust: none; display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px; border: 1px solid var(--line); }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 5px 8px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 600; } td.text, th.text { text-align: left; } td.name { white-space: normal; overflow-wrap: anywhere; } td.name:not(:empty) { min-width: 150px; }
caption { text-align: left; padding: 18px 8px 4px; }
.notes { margin: 6px 0; padding-left: 20px; max-width: 75ch; }
details { margin: 8px 0; } summary { cursor: pointer; color: var(--soft); font-size: 14px; }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --soft: #333; --line: #ccc; --card: #fff; --waiting: #c3c9cd;
  --app: #009e73; --client: #8fd0b8; --proxy: #d55e00; --mixed: #cc79a7; --on-app: #fff; --on-proxy: #fff; --on-waiting: #000; }
  * { print-color-adjust: exact; } figure, tr { break-inside: avoid; } h2 { break-after: avoid; } .page { max-width: none; padding: 0; } svg { min-width: 0; }
  details::details-content { content-visibility: visible; block-size: auto; } table { font-size: 9px; } td.name:not(:empty) { min-width: 0; } }
`;

/** A table's cell: text goes left, figures right. */
export interface Cell {
  text: string;
  left?: boolean;
  role?: string;
}

/** A table with its heads. */
export function table(caption: string, heads: Cell[], rows: Cell[][]): string {
  const cells = (tag: string, list: Cell[]) =>
    list
      .map(({ text, left, role }) => {
        const mark = role === undefined ? "" : swatch(role);
        return `<${tag}${tag === "th" ? ' scope="col"' : ""}${left ? ` class="text${role === undefined ? " name" : ""}"` : ""}>${mark}${escapeMarkup(text)}</${tag}>`;
      })
      .join("");
  const body = rows.map((it) => `<tr>${cells("td", it)}</tr>`).join("\n");
  return `<div class="scroll"><table><caption class="soft">${escapeMarkup(caption)}</caption><thead><tr>${cells("th", heads)}</tr></thead><tbody>\n${body}\n</tbody></table></div>`;
}

/** A little square in a role's colour. */
export function swatch(role: string): string {
  return `<span class="swatch" style="background:var(--${role})"></span>`;
}

/** Something that is shown when it is asked for, and always when printed. */
export function details(summary: string, content: string): string {
  return `<details><summary>${escapeMarkup(summary)}</summary>${content}</details>`;
}

/** A picture, as SVG text, with its caption. */
export function figure(svg: string, caption: string): string {
  // On a narrow screen it keeps a size that can be read, and is moved sideways.
  return `<figure><div class="scroll">${svg}</div><figcaption>${escapeMarkup(caption)}</figcaption></figure>`;
}

/** Some figures that stand out at the top of a page, each with what it counts. */
export function cards(items: readonly (readonly [what: string, value: string])[]): string {
  return `<ul class="cards">${items.map(([what, value]) => `<li><b>${escapeMarkup(value)}</b><span>${escapeMarkup(what)}</span></li>`).join("")}</ul>`;
}

/** The whole page of a report: one file, no script, nothing that is loaded. */
export function reportPage(title: string, body: string): string {
  return htmlPage({ title, style, body: `<main class="page">\n${body}\n</main>` });
}
