#!/usr/bin/env bash
# Starts the server in the foreground, from any folder: installs the library first where that has not been done, then
# becomes node. `start.sh --help` shows the flags.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() { echo "start.sh: $*" >&2; exit 2; }

for program in node npm; do
    command -v "$program" >/dev/null || fail "$program was not found; expected Node.js 20 or newer"
done
node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' ||
    fail "node is $(node --version); expected 20 or newer"

# npm notes there what it has installed.
if [ ! "$here/node_modules/.package-lock.json" -nt "$here/package-lock.json" ]; then
    npm ci --prefix "$here" >&2
fi
exec node "$here/server.mjs" "$@"
