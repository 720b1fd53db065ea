/** What the mistakes and exercises that replace the backend's entry file build on. */
export { kitchen } from "./kitchen.ts";
export { drinks } from "./menu.ts";
