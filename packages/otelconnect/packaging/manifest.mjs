/**
 * What package.json says in the package that is published.
 *
 * Inside the repository the package is used from its TypeScript source, without a build; a stranger's Node does
 * not run TypeScript below node_modules, so there it is the compiled dist/. npm has no setting for that.
 *
 * @param {Readonly<Record<string, unknown>>} manifest package.json as it is in the repository.
 * @returns {Record<string, unknown>}
 */
export function publishedManifest(manifest) {
  const { private: _private, scripts: _scripts, devDependencies: _devDependencies, ...kept } = manifest;
  return {
    ...kept,
    sideEffects: ["./dist/register.js"],
    // For TypeScript with moduleResolution node10 and for old bundlers, which do not read exports.
    main: "./dist/cjs/index.js",
    types: "./dist/cjs/index.d.ts",
    typesVersions: {
      "*": { instrumentation: ["./dist/cjs/instrumentation.d.ts"], web: ["./dist/cjs/web.d.ts"] },
    },
    exports: {
      ".": compiled("index"),
      "./instrumentation": compiled("instrumentation"),
      "./web": compiled("web"),
      "./register": esModule("register"),
      "./package.json": "./package.json",
    },
  };
}

/**
 * Both kinds of module: whoever imports and whoever requires gets what suits, with types of the same kind.
 *
 * @param {string} name of a file in src/
 */
function compiled(name) {
  return {
    import: esModule(name),
    require: { types: `./dist/cjs/${name}.d.ts`, default: `./dist/cjs/${name}.js` },
  };
}

/** @param {string} name of a file in src/ */
function esModule(name) {
  return { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` };
}
