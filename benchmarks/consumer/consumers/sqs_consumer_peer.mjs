// sqs-consumer on the AWS SDK for JavaScript: batches of ten, LOOPS instances that share a client. `consume` does
// nothing with a batch, `pipe` sends it on in one call; what the handler returns is deleted.
// "You can start multiple instances of the consumer": https://github.com/bbc/sqs-consumer/issues/229
// Options: https://bbc.github.io/sqs-consumer/interfaces/ConsumerOptions.html
import { createRequire } from "node:module";

// The packages are where `make bench` has put them, not beside this file.
const require = createRequire(`${process.env.NODE_PACKAGES}/`);
const { Consumer } = require("sqs-consumer");
const { SQSClient, SendMessageBatchCommand } = require("@aws-sdk/client-sqs");

const sqs = new SQSClient({ region: process.env.AWS_REGION });

async function pipe(messages) {
  const Entries = messages.map(({ Body, MessageAttributes }, index) => ({
    Id: String(index),
    MessageBody: Body,
    MessageAttributes,
  }));
  await sqs.send(new SendMessageBatchCommand({ QueueUrl: process.env.NEXT_QUEUE_URL, Entries }));
  return messages;
}

const handleMessageBatch = process.argv[2] === "pipe" ? pipe : async (messages) => messages;
const consumers = Array.from({ length: Number(process.env.LOOPS) }, () =>
  Consumer.create({
    sqs,
    queueUrl: process.env.QUEUE_URL,
    batchSize: 10,
    waitTimeSeconds: 1,
    messageAttributeNames: ["All"],
    messageSystemAttributeNames: ["ApproximateReceiveCount", "SentTimestamp"],
    handleMessageBatch,
  }),
);
for (const consumer of consumers) {
  for (const event of ["error", "processing_error"]) {
    consumer.on(event, (error) => {
      console.error(error.message);
      process.exit(1);
    });
  }
  consumer.start();
}
process.on("SIGTERM", () => process.exit(0));
