"""Ways to run a job: one file each."""
