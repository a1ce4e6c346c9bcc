"""What the pipeline asks GitHub, and tells it: records, comments, approvals, the issue of drift, the gate."""
