# The image of both services: Node 24, production dependencies, the sources as they are (Node strips the types).
FROM node:24.21.0-slim

WORKDIR /app
ENV NODE_ENV=production

# Dependencies first: they change less often than the sources, so that a rebuild takes seconds.
COPY package.json package-lock.json .npmrc ./
COPY proto/package.json proto/
COPY otelconnect/package.json otelconnect/
COPY connections/package.json connections/
COPY chassis/package.json chassis/
COPY gateway/package.json gateway/
COPY backend/package.json backend/
COPY lab/package.json lab/
RUN npm ci --omit=dev --ignore-scripts --workspace=gateway --workspace=backend && npm cache clean --force

COPY proto/gen proto/gen
COPY otelconnect/src otelconnect/src
COPY connections/src connections/src
COPY chassis/src chassis/src
COPY gateway/src gateway/src
COPY backend/src backend/src

USER node
ENTRYPOINT ["node"]
