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
root=$(cd "$here/../.." && pwd)
target=${1:-$root/profiles/targets/oidc-provider.toml}
program=${CIBA_BENCH:-$root/target/release/ciba-bench}
page=$root/docs/FINDINGS.md

fail() { echo "replay-findings.sh: $*" >&2; exit 2; }

[ $# -le 1 ] || fail "$# arguments; expected the target file, or nothing"
[ -r "$target" ] || fail "$target cannot be read; expected the target file of the server"
[ -x "$program" ] || fail "$program was not found; build it (cargo build --release), or name it in CIBA_BENCH"
for tool in curl awk sed grep; do
    command -v "$tool" >/dev/null || fail "$tool was not found; install it"
done

# The value of a key in one table of the target file; the head of the file is the table "".
value() {
    awk -v table="$1" -v key="$2" '
        /^\[/ { now = $0; gsub(/[][ ]/, "", now) }
        now == table && $1 == key && $2 == "=" { sub(/^[^"]*"/, ""); sub(/".*/, ""); print; exit }
    ' "$target"
}

op=$(value "" issuer)
secret=$(value clients.poll client_secret)
[ -n "$op" ] && [ -n "$secret" ] || fail "$target names no issuer, or no client for poll"
curl -sSf -o /dev/null "$op/.well-known/openid-configuration" || fail "no server answers at $op; start it (start.sh)"

scratch=$(mktemp -d)
service=
tidy_up() {
    [ -z "$service" ] || kill "$service" 2>/dev/null || true
    [ -z "$service" ] || wait "$service" 2>/dev/null || true
    rm -rf "$scratch"
}
trap tidy_up EXIT

: >"$scratch/service"
"$program" serve auth-service --listen "$(value authentication_service listen)" --management 127.0.0.1:0 \
    --user "$(value authentication_service username)" --password "$(value authentication_service password)" \
    --client-id "$(value authentication_service.system client_id)" \
    --client-secret "$(value authentication_service.system client_secret)" \
    --token-endpoint "$(value authentication_service.system token_endpoint)" \
    --api-base "$(value authentication_service api_base)" >"$scratch/service" 2>&1 &
service=$!
users=
for _ in $(seq 100); do
    users=$(sed -n 's/^ *management  *\(http:[^ ]*\) *$/\1/p' "$scratch/service")
    [ -z "$users" ] || break
    kill -0 "$service" 2>/dev/null || break
    sleep 0.1
done
[ -n "$users" ] || { cat "$scratch/service" >&2; fail "the authentication service did not start"; }
export op users secret

# Each block of commands goes into a file of its own, its heading into another.
awk -v folder="$scratch" '
    /^## / { ours = /oidc-provider/ }
    !ours { next }
    /^### / { heading = substr($0, 5) }
    /^```sh$/ { block += 1; printf "%s\n", heading > (folder "/" block ".heading"); inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print > (folder "/" block ".sh") }
' "$page"
[ -s "$scratch/2.sh" ] || fail "$page holds no findings with commands"

status=0
number=2
while [ -s "$scratch/$number.sh" ]; do
    heading=$(<"$scratch/$number.heading")
    if timeout 60 bash -euo pipefail -c "$(cat "$scratch/1.sh" "$scratch/$number.sh")" >"$scratch/answers" 2>"$scratch/errors"
    then
        echo "still so: $heading"
        sed 's/^/    /' "$scratch/answers"
    else
        status=1
        echo "no longer so: $heading"
        sed 's/^/    /' "$scratch/answers" "$scratch/errors"
    fi
    number=$((number + 1))
done
exit "$status"
