"""Takes submissions over HTTP: checks the token, queues a trigger, and answers once SQS has it."""
