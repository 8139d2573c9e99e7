#!/usr/bin/env bash
# {{ title }} as a Slurm job array of {{ shards }} tasks, then one job that merges them.
# Made by: {{ command }}
# Start it on a login node:  bash THIS-FILE
# A task that fails is tried {{ tries }} times, and goes on from what it had written; a task whose node is lost is
# started again by Slurm. Run single tasks again with `sbatch --array=` and what this prints:
#   {{ merge }} --missing
set -euo pipefail
mkdir -p {{ parts }}

array=$(sbatch --parsable --job-name={{ name }} --array=1-{{ shards }} --requeue \
  --cpus-per-task={{ cpus }} --mem={{ memory_mib }}M --time={{ minutes }} \
  --output={{ parts }}/slurm-%A_%a.log --open-mode=append <<'ROLLOUT_LAB_TASK'
#!/usr/bin/env bash
set -u
for try in $(seq {{ tries }}); do
  {{ run }} --shard slurm/{{ shards }}
  code=$?
  # 0: done; 2: wrong input, no other try helps.
  case $code in 0 | 2) exit "$code" ;; esac
done
exit "$code"
ROLLOUT_LAB_TASK
)
array=${array%%;*}
echo "array $array"

sbatch --job-name={{ name }}-merge --dependency="afterok:$array" --kill-on-invalid-dep=yes \
  --cpus-per-task=1 --mem={{ memory_mib }}M --time={{ minutes }} --output={{ parts }}/slurm-merge-%j.log <<'ROLLOUT_LAB_MERGE'
#!/usr/bin/env bash
exec {{ merge }}
ROLLOUT_LAB_MERGE
