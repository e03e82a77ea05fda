#!/usr/bin/env bash
# Starts Keycloak in the foreground, from any folder, with a realm for CIBA: fetches the distribution with Maven where that has
# not been done, checks its digest, and prints one line of JSON when the server is ready. Nothing is kept: users, sessions
# and keys are those of one start. `start.sh --help` shows the flags.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)

VERSION=26.3.5
SHA256=3b662719e20cd87e7dbb913a85870efba49652852a08b4821cb78f24a3288918
# Longest time until the server is ready, in seconds. It compiles its own configuration at the first start.
START_MAX=300

port=8080
channel=http://127.0.0.1:4010/authentication-channel
endpoint=http://127.0.0.1:4020/ping
users=2000
interval=5
heap=512m
write_target=
fetch_only=

usage() {
    cat <<EOF
usage: start.sh [FLAG]...

  --port PORT                 where it listens, on 127.0.0.1 ($port)
  --channel URL               authentication channel: who is asked for users' decisions ($channel)
  --notification-endpoint URL of its ping clients ($endpoint)
  --free-ports                three free ports instead of these
  --write-target FILE         writes the target file that fits
  --users N                   users user-0, user-1, ... ($users)
  --interval SECONDS          polling interval that is announced and enforced ($interval)
  --heap SIZE                 of the Java machine, for example 256m ($heap)
  --fetch                     fetches the distribution, and ends
EOF
}

fail() { echo "start.sh: $*" >&2; exit 2; }

free_port() {
    local candidate
    for _ in $(seq 100); do
        candidate=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || { echo "$candidate"; return; }
    done
    fail "no free port was found between 20000 and 29999"
}

is_number() { [[ $1 =~ ^[0-9]+$ ]] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }

while [ $# -gt 0 ]; do
    case "$1" in
    --help) usage; exit 0 ;;
    --fetch)
        fetch_only=yes
        shift
        continue
        ;;
    --free-ports)
        port=$(free_port)
        channel=http://127.0.0.1:$(free_port)/authentication-channel
        endpoint=http://127.0.0.1:$(free_port)/ping
        shift
        continue
        ;;
    --port | --channel | --notification-endpoint | --write-target | --users | --interval | --heap)
        [ $# -ge 2 ] || fail "$1: no value; start.sh --help shows what is expected"
        ;;
    *) fail "$1: unknown; start.sh --help shows the flags" ;;
    esac
    case "$1" in
    --port) port=$2 ;;
    --channel) channel=$2 ;;
    --notification-endpoint) endpoint=$2 ;;
    --write-target) write_target=$2 ;;
    --users) users=$2 ;;
    --interval) interval=$2 ;;
    --heap) heap=$2 ;;
    esac
    shift 2
done
is_number "$port" 1 65535 || fail "--port $port: expected 1 to 65535"
is_number "$users" 4 100000 || fail "--users $users: expected 4 to 100000"
is_number "$interval" 1 600 || fail "--interval $interval: expected 1 to 600"
[[ $heap =~ ^[0-9]+[mg]$ ]] || fail "--heap $heap: expected a size such as 512m or 2g"
[[ $channel =~ ^http://127\.0\.0\.1:[0-9]+/ ]] || fail "--channel $channel: expected http://127.0.0.1:PORT/PATH"
[[ $endpoint =~ ^http://127\.0\.0\.1:[0-9]+/ ]] || fail "--notification-endpoint $endpoint: expected http://127.0.0.1:PORT/PATH"

for program in java mvn tar curl sha256sum openssl; do
    command -v "$program" >/dev/null ||
        fail "$program was not found; expected a JDK (17 or 21), Maven, tar, curl, sha256sum, openssl"
done

home=$here/server/keycloak-$VERSION
archive=$here/server/keycloak-quarkus-dist-$VERSION.tar.gz
if [ ! -d "$home" ]; then
    rm -rf "$here/server/unpacked"
    mkdir -p "$here/server/unpacked"
    mvn --quiet --batch-mode dependency:copy -Dartifact="org.keycloak:keycloak-quarkus-dist:$VERSION:tar.gz" \
        -DoutputDirectory="$here/server" >&2
    echo "$SHA256  $archive" | sha256sum --check --quiet >&2 ||
        fail "$archive is not Keycloak $VERSION as it was published; delete it and start again"
    tar -xzf "$archive" -C "$here/server/unpacked"
    # What is fixed at build time is compiled once, not at each start.
    "$here/server/unpacked/keycloak-$VERSION/bin/kc.sh" build --db=dev-mem >&2
    # In place when all of it is done.
    mv "$here/server/unpacked/keycloak-$VERSION" "$home"
    rm -r "$archive" "$here/server/unpacked"
fi
[ -z "$fetch_only" ] || exit 0

# The clients' private key, which they sign assertions and authentication requests with: made once, and kept.
key=$here/keys/client.PS256.pem
if [ ! -s "$key" ]; then
    (umask 077 && mkdir -p "$here/keys" && openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out "$key")
fi

# One run's own folder: the realm that is imported, and whatever the server writes.
scratch=$(mktemp -d)
server=
tidy_up() {
    trap - EXIT TERM INT
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ -z "$server" ] || wait "$server" 2>/dev/null || true
    rm -rf "$scratch"
}
trap tidy_up EXIT
trap 'exit 143' TERM
trap 'exit 130' INT
cp -r "$home" "$scratch/keycloak"
mkdir -p "$scratch/keycloak/data/import"
"$here/realm.sh" "$users" "$interval" "$endpoint" "$key" >"$scratch/keycloak/data/import/ciba-realm.json"

export JAVA_OPTS_KC_HEAP="-Xms$heap -Xmx$heap" KC_BOOTSTRAP_ADMIN_USERNAME=admin KC_BOOTSTRAP_ADMIN_PASSWORD=admin
"$scratch/keycloak/bin/kc.sh" start --optimized --http-enabled=true --http-host=127.0.0.1 --http-port="$port" \
    --hostname="http://127.0.0.1:$port" --cache=local --import-realm \
    --spi-ciba-auth-channel--ciba-http-auth-channel--http-authentication-channel-uri="$channel" >&2 &
server=$!

issuer=http://127.0.0.1:$port/realms/ciba
waited=0
until curl -sf -o /dev/null --max-time 5 "$issuer/.well-known/openid-configuration"; do
    kill -0 "$server" 2>/dev/null || fail "Keycloak ended before it was ready; what it said stands above"
    [ "$waited" -lt "$START_MAX" ] || fail "Keycloak was not ready after $START_MAX s"
    sleep 1
    waited=$((waited + 1))
done
if [ -n "$write_target" ]; then
    sed -e "s,http://127.0.0.1:8080,http://127.0.0.1:$port,g" \
        -e "s,127.0.0.1:4010,$(sed -E 's,^http://([^/]*)/.*,\1,' <<<"$channel"),g" \
        -e "s,127.0.0.1:4020,$(sed -E 's,^http://([^/]*)/.*,\1,' <<<"$endpoint"),g" \
        -e "s,file:../../examples/keycloak/keys,file:$here/keys,g" \
        "$root/profiles/targets/keycloak.toml" >"$write_target"
fi
echo "{\"ready\":true,\"version\":\"$VERSION\",\"issuer\":\"$issuer\",\"process\":$server}"
wait "$server"
