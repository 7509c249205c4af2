import { kafkaBrokers } from "../../support/kafka/brokers.ts";
import { encrypted } from "./encrypted-adapters.ts";
import { onKafka } from "./kafka-adapters.ts";
import { describeLog } from "./subject.ts";

describeLog(encrypted(onKafka("Kafka", kafkaBrokers)));
