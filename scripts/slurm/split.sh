#!/bin/bash
# One model over several nodes under Slurm, for a model that does not fit into the memory of one: each node holds a part
# of the rows of every matrix. Submit with
#
#   sbatch --nodes=4 scripts/slurm/split.sh model.quire "Why is the sky blue?"
#
#SBATCH --job-name=gen-split
#SBATCH --ntasks-per-node=1
#SBATCH --cpus-per-task=16
#SBATCH --time=01:00:00
set -euo pipefail
model=$1
shift
mpirun --map-by "ppr:1:node:PE=${SLURM_CPUS_PER_TASK:-1}" \
    gen --split rows -m "$model" -t "${SLURM_CPUS_PER_TASK:-1}" "$@"
