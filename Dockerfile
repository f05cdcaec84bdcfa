# `npm run build` has made dist/, and nothing in it is of one architecture: so there is nothing to install or build in
# here, and one build makes the images of all platforms (docker buildx build --platform linux/amd64,linux/arm64).
# For stack traces in the sources set NODE_OPTIONS=--enable-source-maps; that makes the start twice as long.
# The image holds Node and these files, no shell and no package manager, and runs as nobody; it writes no file.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY dist/main.cjs dist/main.cjs.map dist/xenv.js dist/xenv.js.map dist/package.json /function/
COPY dist/sbom.cdx.json dist/THIRD-PARTY-LICENSES.txt LICENSE /licenses/
# Memory before speed: V8 collects often, and what is freed goes back at once (docs/decisions/042-memory.md).
ENV NODE_ENV=production
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 MALLOC_TRIM_THRESHOLD_=65536 MALLOC_TOP_PAD_=16384
EXPOSE 9443 8080
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=2", "/function/main.cjs", "--save-memory"]
