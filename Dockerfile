# The gateway in a container: unprivileged, with a read-only root file system. State lies in /data alone.
FROM oven/bun:1.4.5-slim AS build
WORKDIR /app
COPY package.json bun.lock bunfig.toml ./
COPY patches ./patches
# The copy of bun.lock tells the start that nothing is missing.
RUN bun install --frozen-lockfile --ignore-scripts --production && cp bun.lock node_modules/.installed-production
RUN mkdir data

FROM oven/bun:1.4.5-slim
WORKDIR /app
COPY --from=build /app/node_modules ./node_modules
COPY package.json bun.lock bunfig.toml LICENSE ./
COPY drizzle ./drizzle
COPY src ./src
COPY --from=build --chown=1000:1000 /app/data /data
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 DATA_DIR=/data
# Bun's fetch otherwise lets 256 requests out and queues the rest without a word.
ENV BUN_CONFIG_MAX_HTTP_REQUESTS=65535
# What is free goes back to the system after 10 s, whole pages only: under load it would be faulted in again at once.
ENV MIMALLOC_PURGE_HOLES=0 MIMALLOC_PURGE_DELAY=10000
VOLUME /data
EXPOSE 4000
USER 1000:1000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
  CMD ["bun", "-e", "const answer = await fetch(`http://127.0.0.1:${process.env.PORT}/health/live`); process.exit(answer.ok ? 0 : 1)"]
CMD ["bun", "src/start.ts"]
