#!/usr/bin/env bash
# Repeats what docs/FINDINGS.md says of Keycloak, by the commands that stand there. The server has to run; the authentication
# channel, which acknowledges every request and decides nothing, is started here.
#
#   ./replay-findings.sh [TARGET_FILE]
#
# TARGET_FILE says where the server is, and where it looks for the channel; profiles/targets/keycloak.toml unless named. Ends with
# 0 when all of it is still so, with 1 when something is not, with 2 when it could not be tried.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
target=${1:-$root/profiles/targets/keycloak.toml}
page=$root/docs/FINDINGS.md

fail() { echo "replay-findings.sh: $*" >&2; exit 2; }

[ $# -le 1 ] || fail "$# arguments; expected the target file, or nothing"
[ -r "$target" ] || fail "$target cannot be read; expected the target file of the server"
for tool in curl awk sed grep openssl python3; do
    command -v "$tool" >/dev/null || fail "$tool was not found; install it"
done

op=$(sed -n 's/^issuer = "\(.*\)"$/\1/p' "$target")
port=$(sed -n '/^\[authentication_service\]/,/^\[notification\]/s/^listen = ".*:\([0-9]*\)"$/\1/p' "$target")
key=$here/keys/client.PS256.pem
[ -r "$key" ] || fail "$key cannot be read; start the server (start.sh), which makes it"
[ -n "$op" ] && [ -n "$port" ] || fail "$target names no issuer, or no address of the authentication service"
curl -sSf -o /dev/null "$op/.well-known/openid-configuration" || fail "no server answers at $op; start it (start.sh)"

scratch=$(mktemp -d)
channel=
tidy_up() {
    [ -z "$channel" ] || kill "$channel" 2>/dev/null || true
    [ -z "$channel" ] || wait "$channel" 2>/dev/null || true
    rm -rf "$scratch"
}
trap tidy_up EXIT

bearer=$scratch/bearer
python3 "$here/channel.py" "$port" "$bearer" 2>"$scratch/channel" &
channel=$!
for _ in $(seq 100); do
    ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    kill -0 "$channel" 2>/dev/null || { cat "$scratch/channel" >&2; fail "the channel did not start"; }
    sleep 0.1
done
export op bearer key

# Each block of commands goes into a file of its own, its heading into another.
awk -v folder="$scratch" '
    /^## / { ours = /Keycloak/ }
    !ours { next }
    /^### / { heading = substr($0, 5) }
    /^```sh$/ { block += 1; printf "%s\n", heading > (folder "/" block ".heading"); inside = 1; next }
    /^```$/ { inside = 0 }
    inside { print > (folder "/" block ".sh") }
' "$page"
[ -s "$scratch/2.sh" ] || fail "$page holds no findings with commands"

cd "$scratch"
status=0
number=2
while [ -s "$number.sh" ]; do
    heading=$(<"$number.heading")
    if timeout 60 bash -euo pipefail -c "$(cat 1.sh "$number.sh")" >answers 2>errors; then
        echo "still so: $heading"
        sed 's/^/    /' answers | cut -c 1-120
    else
        status=1
        echo "no longer so: $heading"
        sed 's/^/    /' answers errors
    fi
    number=$((number + 1))
done
exit "$status"
