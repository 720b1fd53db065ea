// The same app in CommonJS: node --import ... cjs-app.cjs <kind of server>
const { makeCalls } = require("./calls.ts");

// TypeScript takes a package's types for ES modules and those for CommonJS for different ones.
const modules = /** @type {any} */ ({
  connect: require("@connectrpc/connect"),
  node: require("@connectrpc/connect-node"),
  web: require("@connectrpc/connect-web"),
  express: require("@connectrpc/connect-express"),
  fastify: require("@connectrpc/connect-fastify"),
});
makeCalls(modules, /** @type {Parameters<typeof makeCalls>[1]} */ (process.argv[2]));
