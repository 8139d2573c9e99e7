#!/usr/bin/env bash
# {{ title }} in {{ shards }} shards with GNU parallel, then merged.
# Made by: {{ command }}
# A shard that fails is tried {{ tries }} times, and goes on from what it had written. Started again, this script runs
# only what has not ended well. Add --sshlogin for other machines; they must share this folder.
set -euo pipefail
mkdir -p {{ parts }}

seq {{ shards }} | parallel --quote --jobs "$(( ($(nproc) + {{ cpus }} - 1) / {{ cpus }} ))" \
  --retries {{ tries }} --resume-failed --joblog {{ parts }}/jobs.log \
  {{ run }} --threads {{ cpus }} --shard {}/{{ shards }}

{{ merge }}
