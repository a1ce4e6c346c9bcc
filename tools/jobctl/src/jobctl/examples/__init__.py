"""The stacks of `examples/`, on this machine."""
