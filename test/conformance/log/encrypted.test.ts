import { inMemory, onDisk } from "./adapters.ts";
import { encrypted } from "./encrypted-adapters.ts";
import { describeLog } from "./subject.ts";

describeLog(encrypted(inMemory()));
describeLog(encrypted(onDisk()));
