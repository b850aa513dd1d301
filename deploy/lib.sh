# shellcheck shell=bash
# What deploy/up, tests/run and their like share: which packages are missing, and how to get them.
# Sourced, never run.  A list of packages is a file deploy/packages.*; its form is told in
# packages.build.

# shellcheck disable=SC2034 # for those who source this
tarn_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

tarn_say() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }

tarn_die() {
    tarn_say "$*"
    exit 1
}

# The machine's distribution, "debian 12" for example.  TARN_OS_RELEASE is for the tests.
tarn_distribution() {
    # shellcheck disable=SC1090
    (. "${TARN_OS_RELEASE:-/etc/os-release}" && printf '%s %s\n' "${ID:-unknown}" "${VERSION_ID:-}") \
        2>/dev/null || printf 'unknown\n'
}

# The wanted packages of some lists, one line of alternatives each, without comments and without
# those whose command is already there.
tarn_wanted_packages() {
    local line command
    sed -e 's/#.*//' -e 's/^[[:space:]]*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$@" |
        while IFS= read -r line; do
            case "$line" in
                *' unless '*)
                    command=${line##* unless }
                    command -v "$command" >/dev/null 2>&1 || printf '%s\n' "${line%% unless *}"
                    ;;
                *) printf '%s\n' "$line" ;;
            esac
        done
}

# Lines of alternatives of which none is installed.  One call of dpkg-query for all of them.
tarn_missing_packages() {
    local wanted installed line name found
    wanted=$(tarn_wanted_packages "$@")
    # shellcheck disable=SC2046,SC2086 # package names have no blanks
    installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' ${wanted//|/ } 2>/dev/null |
        sed -n 's/^installed //p')
    while IFS= read -r line; do
        [ -n "$line" ] || continue
        found=
        for name in ${line//|/ }; do
            case $'\n'"$installed"$'\n' in *$'\n'"$name"$'\n'*) found=yes ;; esac
        done
        [ -n "$found" ] || printf '%s\n' "$line"
    done <<<"$wanted"
}

# The first alternative of a line that apt can install; nothing when there is none.
tarn_package_candidate() {
    local name policy
    for name in ${1//|/ }; do
        # Not a pipe to grep -q: it ends early, apt-cache then fails, and with pipefail so does the pipe.
        policy=$(apt-cache policy "$name" 2>/dev/null) || policy=
        if [[ $policy =~ Candidate:\ [^\(] ]]; then
            printf '%s\n' "$name"
            return
        fi
    done
}

tarn_as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

tarn_apt_get() {
    tarn_as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 \
        -o Dpkg::Use-Pty=0 "$@" </dev/null >&2
}

tarn_check_can_install() {
    local missing=$1
    if ! command -v apt-get >/dev/null 2>&1; then
        tarn_say "this is $(tarn_distribution), without apt-get; packages come from Debian 12 or" \
            "Ubuntu 24.04. Install the counterparts of these by hand:"
        printf '  %s\n' "$missing" >&2
        return 1
    fi
    if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
        tarn_say "cannot install packages: not root, and there is no sudo. As root, run:"
        tarn_say "  apt-get install" "$(cut -d ' ' -f 1 <<<"$missing" | tr '\n' ' ')"
        return 1
    fi
    [ "$(tarn_distribution)" = 'debian 12' ] ||
        tarn_say "this is $(tarn_distribution); tried is Debian 12 alone, and the lists name the" \
            "packages of Ubuntu 24.04 too. Going on."
}

# tarn_install_packages PURPOSE LIST...: prints what is missing of the lists, then installs it.
# Returns 1, with a message, when something is still missing.
tarn_install_packages() {
    local purpose=$1 missing line candidate names=() absent=()
    shift
    missing=$(tarn_missing_packages "$@")
    [ -n "$missing" ] || return 0
    tarn_say "installing for $purpose:"
    while IFS= read -r line; do printf '  %s\n' "$line" >&2; done <<<"$missing"
    tarn_check_can_install "$missing" || return 1
    tarn_apt_get update || tarn_say "apt-get update failed; trying with the lists at hand"
    while IFS= read -r line; do
        candidate=$(tarn_package_candidate "$line")
        if [ -n "$candidate" ]; then names+=("$candidate"); else absent+=("$line"); fi
    done <<<"$missing"
    if [ ${#names[@]} -gt 0 ] && ! tarn_apt_get install --no-install-recommends "${names[@]}"; then
        tarn_say "that failed as a whole; trying one package at a time"
        for candidate in "${names[@]}"; do
            tarn_apt_get install --no-install-recommends "$candidate" || absent+=("$candidate")
        done
    fi
    if [ ${#absent[@]} -gt 0 ]; then
        tarn_say "$(tarn_distribution) could not install, for $purpose:"
        printf '  %s\n' "${absent[@]}" >&2
        return 1
    fi
}

# tarn_unpack_package NAME DIRECTORY: the package's files below the directory. Nothing is installed,
# so nothing of it is started either.
tarn_unpack_package() {
    (
        cd "$2" || exit
        apt-get -q download "$1" ||
            { tarn_apt_get update && apt-get -q download "$1"; } || exit
        dpkg-deb --extract "$1"_*.deb .
    )
}
