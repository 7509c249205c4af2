import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { onKafka } from "./kafka-adapters.ts";
import { describeLog } from "./subject.ts";

describeLog(onKafka("Kafka, compressed with zstd", kafkaBrokers, { compression: "zstd" }));
