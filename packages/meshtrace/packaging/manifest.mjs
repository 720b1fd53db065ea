/**
 * What package.json says in the package that is published. Inside the repository the program is run from its TypeScript
 * source; there it is the bundle in dist/, which has all that it needs in it.
 *
 * @param {Readonly<Record<string, unknown>>} manifest package.json as it is in the repository.
 * @returns {Record<string, unknown>}
 */
export function publishedManifest(manifest) {
  const {
    private: _private,
    scripts: _scripts,
    dependencies: _dependencies,
    devDependencies: _devDependencies,
    ...kept
  } = manifest;
  return {
    ...kept,
    bin: { meshtrace: "dist/main.js" },
    exports: {
      "./assert": { types: "./dist/assert.d.ts", default: "./dist/assert.js" },
      "./package.json": "./package.json",
    },
    engines: { node: ">=20" },
  };
}
