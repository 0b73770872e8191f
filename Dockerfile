# jobtrace in a container: built in one stage, run from another that has Node, the command and what it needs.
#
#   docker build -t jobtrace .
#   docker run -p 127.0.0.1:4318:4318 -v jobtrace:/var/lib/jobtrace jobtrace
#   docker exec <container> jobtrace inspect <jid>
FROM node:22-alpine AS build
WORKDIR /src
COPY package.json package-lock.json ./
RUN npm install --no-audit --no-fund
COPY . .
RUN node scripts/build.mjs
# What runs: the command in a few files, and the packages it does not hold itself.
RUN npm install --omit=dev --omit=peer --no-audit --no-fund && rm -rf dist/test dist/bench

FROM node:22-alpine
ENV NODE_ENV=production
COPY --from=build /src/package.json /opt/jobtrace/package.json
COPY --from=build /src/node_modules /opt/jobtrace/node_modules
COPY --from=build /src/dist /opt/jobtrace/dist
COPY --from=build /src/demo /opt/jobtrace/demo
RUN ln -s /opt/jobtrace/dist/cli/main.js /usr/local/bin/jobtrace \
  && mkdir -p /var/lib/jobtrace && chown node:node /var/lib/jobtrace
USER node
ENV JOBTRACE_STORE=/var/lib/jobtrace JOBTRACE_LISTEN=0.0.0.0:4318,0.0.0.0:4317
VOLUME /var/lib/jobtrace
EXPOSE 4317 4318
HEALTHCHECK --interval=5s --timeout=3s --start-period=5s CMD wget -q -O /dev/null http://127.0.0.1:4318/ || exit 1
ENTRYPOINT ["jobtrace"]
CMD ["serve"]
