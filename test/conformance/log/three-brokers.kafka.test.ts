import { onKafkaCluster } from "./kafka-adapters.ts";
import { describeLog } from "./subject.ts";

describeLog(onKafkaCluster(3));
