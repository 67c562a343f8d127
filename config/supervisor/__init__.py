"""What `make run` runs: one process that owns the embedded PostgreSQL and the application's processes."""
