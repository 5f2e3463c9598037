#!/bin/bash
# One model over several nodes under Slurm, each with a part of every matrix's rows: for a model that is too large for
# the memory of one. Submit with
#
#   sbatch --nodes=4 scripts/slurm_split.sh model.quire "Why is the sky blue?"
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
