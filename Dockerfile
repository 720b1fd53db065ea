# The images of both services, of the command line tool and of the page: Node 24, production dependencies, the sources as they are
# (Node strips the types).
FROM node:24.21.0-slim AS manifests

WORKDIR /app
ENV NODE_ENV=production

# Dependencies first: they change less often than the sources, so that a rebuild takes seconds.
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY bootstrap/package.json bootstrap/
COPY packages/otelconnect/package.json packages/otelconnect/
COPY test/connect-oldest/package.json test/connect-oldest/
COPY packages/connections/package.json packages/connections/
COPY packages/trace/package.json packages/trace/
COPY packages/check/package.json packages/check/
COPY packages/compare/package.json packages/compare/
COPY packages/load/package.json packages/load/
COPY packages/modes/package.json packages/modes/
COPY packages/meshtrace/package.json packages/meshtrace/
COPY packages/mesh/package.json packages/mesh/
COPY packages/exercise/package.json packages/exercise/
COPY packages/incident/package.json packages/incident/
COPY packages/page/package.json packages/page/
COPY packages/page-server/package.json packages/page-server/
COPY chassis/package.json chassis/
COPY gateway/package.json gateway/
COPY backend/package.json backend/
COPY lab/package.json lab/

# The command line tool, for the profile `load` of compose.yaml.
FROM manifests AS lab
RUN npm ci --omit=dev --ignore-scripts --workspace=lab && npm cache clean --force

COPY proto/gen proto/gen
COPY bootstrap bootstrap
COPY packages/connections/src packages/connections/src
COPY packages/trace/src packages/trace/src
COPY packages/check/src packages/check/src
COPY packages/compare/src packages/compare/src
COPY packages/meshtrace/src packages/meshtrace/src
COPY packages/load/src packages/load/src
COPY packages/mesh/src packages/mesh/src
COPY packages/modes/src packages/modes/src
COPY packages/exercise/src packages/exercise/src
COPY lab/main.ts lab/
COPY lab/src lab/src

USER node
ENTRYPOINT ["node", "lab/main.ts"]

# What browsers get of the page: Vite makes it of the sources, and stays behind.
FROM manifests AS page-build
RUN npm ci --include=dev --ignore-scripts --workspace=packages/page

COPY tsconfig.json ./
COPY proto/gen proto/gen
COPY bootstrap bootstrap
COPY packages packages
RUN node -e 'import("./packages/page/build.ts").then(({ buildPage }) => buildPage())'

# The page's server, for the profile `page` of compose.yaml.
FROM manifests AS page
RUN npm ci --omit=dev --ignore-scripts --workspace=packages/page-server && npm cache clean --force \
  && mkdir -p /var/lib/page && chown node:node /var/lib/page

COPY proto/gen proto/gen
COPY bootstrap bootstrap
COPY packages/connections/src packages/connections/src
COPY packages/trace/src packages/trace/src
COPY packages/check/src packages/check/src
COPY packages/compare/src packages/compare/src
COPY packages/load/src packages/load/src
COPY packages/mesh/src packages/mesh/src
COPY packages/modes/src packages/modes/src
COPY packages/exercise/src packages/exercise/src
COPY packages/page/build.ts packages/page/
COPY --from=page-build /app/packages/page/dist packages/page/dist
COPY packages/page-server/src packages/page-server/src
# What it shows of the mesh: who calls whom, with which configuration, what a trace should be, and the exercises.
COPY compose.yaml compose.modes.yaml expected-hops.yaml otel-collector.yaml tempo.yaml ./
COPY envoy envoy
COPY exercises exercises
ENV PAGE_IN_CONTAINER=true

USER node
ENTRYPOINT ["node"]

# The services, which is what `docker build .` makes.
FROM manifests AS service
RUN npm ci --omit=dev --ignore-scripts --workspace=gateway --workspace=backend && npm cache clean --force

COPY proto/gen proto/gen
COPY packages/otelconnect/src packages/otelconnect/src
COPY packages/connections/src packages/connections/src
COPY chassis/src chassis/src
COPY gateway/src gateway/src
COPY backend/src backend/src

USER node
ENTRYPOINT ["node"]
