/** Editors that open a file by a link, and how that looks. They are known by the scheme that they register for themselves. */
export const editors = {
  vscode: { title: "VS Code", prefix: "vscode://file" },
  vscodium: { title: "VSCodium", prefix: "vscodium://file" },
  cursor: { title: "Cursor", prefix: "cursor://file" },
  windsurf: { title: "Windsurf", prefix: "windsurf://file" },
  zed: { title: "Zed", prefix: "zed://file" },
} as const;
export type EditorName = keyof typeof editors;

/** Whether a text, as one that was kept, names an editor. */
export function isEditor(name: string | null): name is EditorName {
  return name !== null && Object.hasOwn(editors, name);
}

/** The link that opens a file of this machine in an editor. */
export function editorLink(editor: EditorName, location: string): string {
  const path = location.split("/").map(encodeURIComponent).join("/");
  return `${editors[editor].prefix}${path.startsWith("/") ? "" : "/"}${path}`;
}
