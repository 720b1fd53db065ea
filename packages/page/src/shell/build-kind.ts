/** Whether the page comes from the lab's server, which it can ask. */
export const isServed: boolean = true;
