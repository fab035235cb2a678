# docker build -t pulmo . ; docker run --rm --user 1000 --read-only --tmpfs /tmp -v "$PWD/work:/work" pulmo run --out /work/first
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:26-slim
# Fonts for the plots as PNG, Korean ones too.
RUN apt-get update && apt-get install -y --no-install-recommends fontconfig-config fonts-dejavu-core fonts-nanum && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/model ./model
COPY --from=build /app/sample ./sample
# The program writes only to the volume and /tmp.
ENV NODE_ENV=production PULMO_CACHE=/work/.pulmo-cache
USER node
WORKDIR /work
ENTRYPOINT ["node", "/app/dist/cli.js"]
