"""A service in small: takes triggers from its queue, and writes down their jobs as the real ones do."""

import json
import os
import sys
import time

import boto3


def main() -> None:
    """Works until it is stopped; `BEHAVIOUR` says how."""
    behaviour = os.environ["BEHAVIOUR"]
    if behaviour == "crashes":
        print("the setting TOKEN is missing", flush=True)
        sys.exit(3)
    sqs, dynamodb = boto3.client("sqs"), boto3.client("dynamodb")
    state = {"works": "succeeded", "dead-letters": "dead", "dawdles": "running"}[behaviour]
    while True:
        answer = sqs.receive_message(QueueUrl=os.environ["QUEUE_URL"], WaitTimeSeconds=5)
        for message in answer.get("Messages", []):
            trigger = json.loads(message["Body"])
            assert trigger["trigger"] == "synthetic"
            item = {"jobId": trigger["jobId"], "state": state, "correlationId": trigger["correlationId"]}
            reason = {"reason": {"S": "the store is closed"}} if state == "dead" else {}
            dynamodb.put_item(
                TableName=os.environ["LEDGER_TABLE"],
                Item={name: {"S": value} for name, value in item.items()} | {"attempts": {"N": "1"}} | reason,
            )
            sqs.delete_message(QueueUrl=os.environ["QUEUE_URL"], ReceiptHandle=message["ReceiptHandle"])
        time.sleep(0.05)


if __name__ == "__main__":
    main()
