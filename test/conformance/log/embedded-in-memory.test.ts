import { inMemory } from "./adapters.ts";
import { describeLog } from "./subject.ts";

describeLog(inMemory());
