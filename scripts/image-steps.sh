#!/usr/bin/env bash
# The steps of the Dockerfile, without Docker: builds in a clean copy of what Git has, takes over only what the image
# takes over, and runs the command from there with an empty environment. For machines that cannot build the image.
set -euo pipefail
cd "$(dirname "$0")/.."

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/src" "$work/opt" "$work/store"

# COPY . . under .dockerignore
git ls-files -z --cached --others --exclude-standard | grep -zvE '^(test|bench)/' | xargs -0 cp --parents -t "$work/src"
cd "$work/src"

# RUN, as the build stage has them
sed -nE 's/^RUN (npm install.*|node scripts.*)$/\1/p' Dockerfile | while read -r step; do
  echo "== $step"
  bash -c "$step" </dev/null
done

# COPY --from=build
sed -nE 's#^COPY --from=build /src/(\S+) /opt/jobtrace/(\S+)$#\1 \2#p' Dockerfile | while read -r from to; do
  cp -r "$from" "$work/opt/$to"
done

echo "== jobtrace version"
env -i PATH="$PATH" "$work/opt/dist/cli/main.js" version
echo "== jobtrace serve"
env -i PATH="$PATH" JOBTRACE_STORE="$work/store" JOBTRACE_LISTEN=127.0.0.1:0 timeout 20 \
  "$work/opt/dist/cli/main.js" serve >"$work/serve.log" &
serve=$!
until grep -q '^Ready' "$work/serve.log"; do sleep 0.2; kill -0 $serve || { cat "$work/serve.log"; exit 1; }; done
endpoint=$(sed -nE 's/^ *receive +(http:\S+).*/\1/p' "$work/serve.log" | head -n 1)
# The image's HEALTHCHECK asks the same with wget.
node -e "fetch('$endpoint/').then(async (r) => { if (!r.ok) process.exit(1); console.log((await r.text()).split('\n')[0]); })"
kill -TERM $serve
wait $serve
du -sh "$work/opt" | cut -f1
