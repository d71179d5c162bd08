# A digest goes in by --build-arg: docs/image.md.
ARG NODE_IMAGE=docker.io/library/node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS root
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates git \
  && rm -rf /var/lib/apt/lists/*
COPY deploy/image/make-root.sh /usr/local/bin/
RUN ["/usr/local/bin/make-root.sh", "/image", "/volumes"]

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--ignore-scripts"]
COPY rolldown.config.ts tsconfig.json ./
COPY tools/third-party.ts tools/
COPY src src
# npm run would need the node package, whose install script did not run here; the image has Node itself.
RUN ["node", "node_modules/rolldown/bin/cli.mjs", "--config", "rolldown.config.ts"]
# Nothing in the image reads them, and they are larger than the code.
RUN ["find", "dist", "-name", "*.map", "-delete"]
ARG VERSION=unversioned
ARG REVISION=unknown
# What the label says is what the program says.
RUN ["node", "--eval", "const p = JSON.parse(fs.readFileSync('package.json', 'utf8')); const { VERSION, REVISION } = process.env; if (![p.version, 'unversioned'].includes(VERSION)) throw new Error(`VERSION is ${VERSION}, package.json says ${p.version}`); fs.writeFileSync('package.json', JSON.stringify({ ...p, revision: REVISION }, null, 2))"]

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--omit=dev", "--ignore-scripts"]
# Node reads none of them.
RUN ["find", "node_modules", "-type", "f", "(", "-name", "*.map", "-o", "-name", "*.d.ts", "-o", "-name", "*.d.?ts", ")", "-delete"]

FROM scratch
COPY --from=root /image/ /
# The only folder the process writes to, and only with the embedded queue; the rest may be read-only.
COPY --from=root --chown=10001:10001 /volumes/ /
COPY --from=dependencies /app/node_modules /app/node_modules
COPY policies /app/policies
COPY schemas /app/schemas
COPY LICENSE /app/
COPY --from=build /app/package.json /app/
COPY --from=build /app/dist /app/dist
# glibc gives every thread an arena and keeps what large blocks leave free: 23 MB more a worker (ADR 0005).
ENV PATH=/usr/local/bin:/usr/bin \
    NODE_ENV=production \
    TAGWARDEN_CONFIG=/etc/tagwarden/tagwarden.yaml \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    MALLOC_TRIM_THRESHOLD_=131072
WORKDIR /data
VOLUME ["/data"]
USER 10001:10001
EXPOSE 8080 8081
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:8080/livez').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/app/dist/bundle/main.js"]
CMD ["run"]
ARG NODE_IMAGE
ARG VERSION=unversioned
ARG REVISION=unknown
LABEL org.opencontainers.image.title="tagwarden" \
      org.opencontainers.image.description="Keeps tags on VM images and in container registries the way git says they should be" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="${NODE_IMAGE}"
