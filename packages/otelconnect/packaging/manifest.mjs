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
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./package.json": "./package.json",
    },
  };
}
