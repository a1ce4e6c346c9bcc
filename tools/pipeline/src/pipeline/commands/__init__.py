"""One module a command: options, and what is printed."""
