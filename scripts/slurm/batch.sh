#!/bin/bash
# gen-batch under Slurm, over several nodes or as an array of independent jobs. Copy and adapt; submit with
#
#   sbatch --nodes=4 scripts/slurm/batch.sh model.quire in.jsonl out.jsonl
#       one job: rank 0 reads and writes, and sends requests to the nodes as they have room
#   sbatch --array=0-15 scripts/slurm/batch.sh model.quire in.jsonl out.jsonl
#       sixteen jobs of one node each; every job takes each sixteenth request and writes out.jsonl.0 to .15
#
# Both resume: submit the job again after a time limit or a lost node, or let --requeue do so. A job whose input has
# bad lines ends with exit code 6, which Slurm reports as FAILED; its output is complete nevertheless. gen-batch must
# be in PATH, and the paths must be valid on every node.
#
#SBATCH --job-name=gen-batch
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=08:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
model=$1 input=$2 output=$3
shift 3
threads=(-t "${SLURM_CPUS_PER_TASK:-1}")

if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
    part=$(((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN) / ${SLURM_ARRAY_TASK_STEP:-1} + 1))
    gen-batch -m "$model" -i "$input" -o "$output.$SLURM_ARRAY_TASK_ID" --shard "$part/$SLURM_ARRAY_TASK_COUNT" \
        "${threads[@]}" "$@"
elif [ "${SLURM_JOB_NUM_NODES:-1}" -gt 1 ]; then
    mpirun --map-by "ppr:1:node:PE=${SLURM_CPUS_PER_TASK:-1}" \
        gen-batch -m "$model" -i "$input" -o "$output" "${threads[@]}" "$@"
else
    gen-batch -m "$model" -i "$input" -o "$output" "${threads[@]}" "$@"
fi
