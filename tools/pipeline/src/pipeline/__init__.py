"""For workflows: each step is a command here, which runs on a laptop too."""
