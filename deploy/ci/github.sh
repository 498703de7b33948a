#!/bin/bash
# Judges the pull request of a GitHub workflow, for action.yml. Every value comes by the environment and is quoted.
#   BASE, HEAD          the base branch and the head commit, as the event names them
#   TOKEN               may read the repository; empty for a public one
#   POLICY, SARIF       a policy or preset, a file to write; both may be empty
set -euo pipefail
fail() {
    echo "::error title=Upweight::$1"
    exit 2
}
[[ ${HEAD:-} =~ ^[0-9a-f]{40}([0-9a-f]{24})?$ && -n ${BASE:-} ]] ||
    fail "There is no pull request in this event; run it on pull_request."

objects=$(mktemp -d "$RUNNER_TEMP/upweight-objects.XXXXXX")
trap 'rm -rf "$objects"' EXIT
git init --quiet --bare "$objects"
(
    if [[ -n ${TOKEN:-} ]]; then # in a variable, not among the arguments, which every process can read
        secret=$(printf 'x-access-token:%s' "$TOKEN" | base64 | tr -d '\n')
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0="http.$GITHUB_SERVER_URL/.extraheader"
        export GIT_CONFIG_VALUE_0="AUTHORIZATION: basic $secret"
    fi
    export GIT_TERMINAL_PROMPT=0
    git -C "$objects" fetch --quiet --no-tags --no-recurse-submodules "$GITHUB_SERVER_URL/$GITHUB_REPOSITORY" \
        "+refs/heads/$BASE:refs/upweight/base" "+$HEAD:refs/upweight/head"
) || fail "The pull request could not be fetched; the job needs the permission contents: read."
unset TOKEN

arguments=(--repo "$objects" --head "$HEAD" --into refs/upweight/base --format github --allow-doubts)
[[ -z ${POLICY:-} ]] || arguments+=(--policy "$POLICY")
[[ -z ${SARIF:-} ]] || arguments+=(--format "sarif=$SARIF")
if [[ -n ${ACTION_REPOSITORY:-} && -n ${ACTION_REF:-} ]]; then
    arguments+=(--rules-url "$GITHUB_SERVER_URL/$ACTION_REPOSITORY/blob/$ACTION_REF/docs/rules")
fi
upweight triage "${arguments[@]}"
