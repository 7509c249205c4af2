// Waits for something that is looked at again and again.
import { setTimeout as pause } from "node:timers/promises";

const LOOK_EVERY_MS = 40;

export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(LOOK_EVERY_MS);
}
