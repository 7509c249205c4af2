import { onDisk } from "./adapters.ts";
import { describeLog } from "./subject.ts";

describeLog(onDisk());
