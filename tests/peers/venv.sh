# Sourced by other scripts. venv FOLDER REQUIREMENTS creates a virtual environment with pinned requirements, unless it exists.

venv() {
    if ! cmp -s "$2" "$1/installed.txt"; then
        rm -rf "$1"
        if ! python3 -m venv "$1"; then
            # On Debian, venv needs a separate package.
            local sudo=""
            [ "$(id -u)" = 0 ] || sudo="sudo"
            $sudo apt-get update -qq
            $sudo apt-get install -y -qq python3-venv
            rm -rf "$1"
            python3 -m venv "$1"
        fi
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$2"
        cp "$2" "$1/installed.txt"
    fi
}
