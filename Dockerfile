# `npm run build` has made dist/main.js, the whole function in one file: so there is nothing to install or build in here,
# and the image holds Node and that file, no shell and no package manager, and runs as nobody.
FROM gcr.io/distroless/nodejs24-debian13:nonroot
COPY dist/main.js /function/main.js
EXPOSE 9443
ENTRYPOINT ["/nodejs/bin/node", "/function/main.js"]
