#!/usr/bin/env bash
# Repeats what docs/FINDINGS.md says of this server, by the commands that stand there. The server has to run; the
# authentication service, in which every user agrees at once, is started here.
#
#   ./replay-findings.sh [TARGET_FILE]
#
# TARGET_FILE says where the server is, and where it looks for the authentication service; profiles/targets/oidc-provider.toml
# unless named. CIBA_BENCH is the program (target/release/ciba-bench). Ends with 0 when all of it is still so, with 1 when
# something is not, with 2 when it could not be tried.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../findings.sh"

begin "$root/profiles/targets/oidc-provider.toml" "$@"
program=${CIBA_BENCH:-$root/target/release/ciba-bench}
[ -x "$program" ] || fail "$program was not found; build it (cargo build --release), or name it in CIBA_BENCH"

op=$(value "" issuer)
secret=$(value clients.poll client_secret)
[ -n "$op" ] && [ -n "$secret" ] || fail "$target names no issuer, or no client for poll"
reachable "$op"

: >"$scratch/service"
"$program" serve auth-service --listen "$(value authentication_service listen)" --management 127.0.0.1:0 \
    --user "$(value authentication_service username)" --password "$(value authentication_service password)" \
    --client-id "$(value authentication_service.system client_id)" \
    --client-secret "$(value authentication_service.system client_secret)" \
    --token-endpoint "$(value authentication_service.system token_endpoint)" \
    --api-base "$(value authentication_service api_base)" >"$scratch/service" 2>&1 &
helper=$!
users=
for _ in $(seq 100); do
    users=$(sed -n 's/^ *management  *\(http:[^ ]*\) *$/\1/p' "$scratch/service")
    [ -z "$users" ] || break
    kill -0 "$helper" 2>/dev/null || break
    sleep 0.1
done
[ -n "$users" ] || { cat "$scratch/service" >&2; fail "the authentication service did not start"; }
export op users secret
replay oidc-provider
