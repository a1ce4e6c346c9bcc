"""Dead letters: read without losing any, sent back, dropped, and told to the ledger.

One module for each part: letters (what one is), holding (reading them), calls (batches to SQS), selection and
groups, ledger_view (what the ledger says and what it must be told), audit (who did it), replay, drop.
"""
