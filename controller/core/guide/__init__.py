"""What pickers are told, derived from the state and nothing else."""
