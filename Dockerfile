# One image for every service; which one runs is the command: node apps/<app>/src/main.ts
# Base: any Debian-like image with Node 24 and npm.
ARG BASE=node:24

# Manifests alone, so that a changed source file does not install packages again.
FROM ${BASE} AS manifests
COPY . /mcplog
RUN find /mcplog -type f ! -name package.json ! -name package-lock.json -delete \
 && find /mcplog -type d -empty -delete

# Packages that run; `node` and the programs of developers are left out.
FROM ${BASE} AS packages
WORKDIR /mcplog
COPY --from=manifests /mcplog ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund \
      $(for app in apps/*/; do printf -- '--workspace %s ' "$app"; done) \
 && npm cache clean --force

FROM ${BASE} AS page
WORKDIR /mcplog
COPY --from=manifests /mcplog ./
# vite's compiler comes as an optional package of its platform.
RUN npm ci --ignore-scripts --no-audit --no-fund --workspace apps/dashboard
COPY tsconfig.base.json ./
COPY libs libs
COPY apps/dashboard apps/dashboard
RUN cd apps/dashboard && node ../../node_modules/vite/bin/vite.js build

FROM ${BASE}
RUN groupadd --gid 10001 mcplog \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/mcplog --shell /usr/sbin/nologin mcplog
WORKDIR /mcplog
COPY --from=packages /mcplog ./
COPY apps apps
COPY libs libs
COPY --from=page /mcplog/apps/dashboard/dist apps/dashboard/dist
# Named volumes take owner and mode of the folder they first cover.
RUN cd /var/lib && install -d -o mcplog -g mcplog -m 0700 mcplog \
 && cd mcplog && install -d -o mcplog -g mcplog -m 0700 logs data nats nats-config bus-keys key master-key app-keys \
 && for app in /mcplog/apps/*/; do install -d -o mcplog -g mcplog -m 0700 "app-keys/$(basename "$app")"; done
ENV NODE_ENV=production \
    MCPLOG_HTTP_HOST=0.0.0.0 \
    MCPLOG_HTTP_PORT=7070 \
    MCPLOG_LOG_DIR=/var/lib/mcplog/logs \
    MCPLOG_DATA_DIR=/var/lib/mcplog/data
USER 10001:10001
HEALTHCHECK --interval=10s --timeout=10s --start-period=120s --retries=4 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.MCPLOG_HTTP_PORT}/health/ready`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
