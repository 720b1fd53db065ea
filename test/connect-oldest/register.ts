// Has a process import Connect from this folder's dependencies, the oldest release, instead of the lab's own:
// node --import ./test/connect-oldest/register.ts
import { registerHooks } from "node:module";

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    /^@connectrpc\/connect(-node|-web)?(\/|$)/.test(specifier)
      ? nextResolve(specifier, { ...context, parentURL: import.meta.url })
      : nextResolve(specifier, context),
});
