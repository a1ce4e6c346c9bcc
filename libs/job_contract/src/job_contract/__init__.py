"""What the services say to each other: messages, job ids, stream names, the ledger record."""
