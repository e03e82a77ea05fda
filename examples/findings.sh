# For the replay-findings.sh of each server: it reads a target file, and repeats what docs/FINDINGS.md says by the commands that
# stand there. To be sourced, with `set -euo pipefail`, by a script in the server's folder. It sets
#
#   target   the target file: the argument of the script, or the one that `begin` names
#   scratch  a folder that is gone when the script ends
#   helper   for the script to set: the process that the commands need beside the server, ended when the script ends
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
page=$root/docs/FINDINGS.md
# Longest time of the commands of one finding, in seconds.
FINDING_MAX=60

fail() { echo "replay-findings.sh: $*" >&2; exit 2; }

tidy_up() {
    [ -z "$helper" ] || kill "$helper" 2>/dev/null || true
    [ -z "$helper" ] || wait "$helper" 2>/dev/null || true
    rm -rf "$scratch"
}

# begin DEFAULT_TARGET [ARGUMENT]...: with the arguments of the script.
begin() {
    [ $# -le 2 ] || fail "$(($# - 1)) arguments; expected the target file, or nothing"
    target=${2:-$1}
    [ -r "$target" ] || fail "$target cannot be read; expected the target file of the server"
    local tool
    for tool in curl awk sed grep; do need "$tool"; done
    helper=
    scratch=$(mktemp -d)
    trap tidy_up EXIT
}

need() { command -v "$1" >/dev/null || fail "$1 was not found; install it"; }

# value TABLE KEY: of the target file; its head is the table "".
value() {
    awk -v table="$1" -v key="$2" '
        /^\[/ { now = $0; gsub(/[][ ]/, "", now) }
        now == table && $1 == key && $2 == "=" { sub(/^[^"]*"/, ""); sub(/".*/, ""); print; exit }
    ' "$target"
}

reachable() { curl -sSf -o /dev/null "$1/.well-known/openid-configuration" || fail "no server answers at $1; start it (start.sh)"; }

# replay SERVER: every finding under the headings that name the server. The commands before the first finding are carried out before
# each. Ends with 0 when all of it is still so, with 1 when something is not.
replay() {
    # Each block of commands goes into a file of its own, its heading into another.
    awk -v folder="$scratch" -v server="$1" '
        /^## / { ours = index($0, server) }
        !ours { next }
        /^### / { heading = substr($0, 5) }
        /^```sh$/ { block += 1; printf "%s\n", heading > (folder "/" block ".heading"); inside = 1; next }
        /^```$/ { inside = 0 }
        inside { print > (folder "/" block ".sh") }
    ' "$page"
    [ -s "$scratch/2.sh" ] || fail "$page holds no findings with commands for $1"
    cd "$scratch"
    local status=0 number=2
    while [ -s "$number.sh" ]; do
        if timeout "$FINDING_MAX" bash -euo pipefail -c "$(cat 1.sh "$number.sh")" >answers 2>errors; then
            echo "still so: $(<"$number.heading")"
            sed 's/^/    /' answers | cut -c 1-120
        else
            status=1
            echo "no longer so: $(<"$number.heading")"
            sed 's/^/    /' answers errors
        fi
        number=$((number + 1))
    done
    exit "$status"
}
