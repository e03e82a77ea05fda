#!/usr/bin/env bash
# Repeats what docs/FINDINGS.md says of Keycloak, by the commands that stand there. The server has to run; the authentication
# channel, which acknowledges every request and decides nothing, is started here.
#
#   ./replay-findings.sh [TARGET_FILE]
#
# TARGET_FILE says where the server is, and where it looks for the channel; profiles/targets/keycloak.toml unless named. Ends with
# 0 when all of it is still so, with 1 when something is not, with 2 when it could not be tried.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../findings.sh"

begin "$root/profiles/targets/keycloak.toml" "$@"
need openssl
need python3

op=$(value "" issuer)
listen=$(value authentication_service listen)
port=${listen##*:}
key=$here/keys/client.PS256.pem
[ -r "$key" ] || fail "$key cannot be read; start the server (start.sh), which makes it"
[ -n "$op" ] && [ -n "$port" ] || fail "$target names no issuer, or no address of the authentication service"
reachable "$op"

bearer=$scratch/bearer
python3 "$here/channel.py" "$port" "$bearer" 2>"$scratch/channel" &
helper=$!
for _ in $(seq 100); do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    kill -0 "$helper" 2>/dev/null || { cat "$scratch/channel" >&2; fail "the channel did not start"; }
    sleep 0.1
done
export op bearer key
replay Keycloak
