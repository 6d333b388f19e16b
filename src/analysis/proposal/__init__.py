"""What `absence init --from` proposes for a file: how to open it, what its columns and words may mean, and why."""
