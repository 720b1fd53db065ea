/** What a box with a wide table needs, so that keys can move it, too. */
export const scrollable = {
  tabIndex: 0,
  role: "region",
  "aria-label": "Figures; the arrow keys move them sideways",
} as const;
