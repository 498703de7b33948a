"""Joins the rooms: judges, forges and the GPU half meet here, and nowhere else."""
