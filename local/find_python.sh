#!/bin/sh
# Prints the path of a Python that can make a virtual environment: of the version named, else of the
# first we like. A shim that runs nothing and a system Python without ensurepip are passed over.
set -u

usable() {
    "$1" - "$2" <<'PYTHON' >/dev/null 2>&1
import sys, ensurepip, venv
wanted = sys.argv[1]
sys.exit(not ((3, 11) <= sys.version_info < (3, 15) and wanted in ("", "%d.%d" % sys.version_info[:2])))
PYTHON
}

for version in ${1:-3.13 3.12 3.11 3.14}; do
    for python in \
        "$(command -v "python$version")" \
        "$HOME/.pyenv/versions/$version".*/bin/python \
        "/usr/local/bin/python$version" \
        /opt/*/bin/"python$version" \
        "$HOME/.local/share/uv/python"/*/bin/"python$version" \
        "/Library/Frameworks/Python.framework/Versions/$version/bin/python$version" \
        "/usr/bin/python$version" \
        "$(command -v python3)" \
        "$(command -v python)"
    do
        if [ -x "$python" ] && usable "$python" "$version"; then
            echo "$python"
            exit 0
        fi
    done
done
echo "frontdesk needs Python ${1:-3.11 to 3.14} with venv and ensurepip (on Debian: python3-venv)" >&2
exit 1
