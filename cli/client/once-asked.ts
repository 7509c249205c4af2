// What was asked to be done once, and may be done though nobody said so: whoever asked hears that, and what to do about it.
import { advised } from "./advised.ts";
import { commandAgain } from "./command-again.ts";
import { mayBeDone } from "./unheard.ts";

/** For what does no harm when it is done twice. @throws as `asked` rejects */
export async function onceAsked<Answer>(asked: Promise<Answer>, again = commandAgain()): Promise<Answer> {
  try {
    return await asked;
  } catch (error) {
    throw mayBeDone(error) ? advised(error, `It may be done, or still be done; given again, it does no harm: ${again}`) : error;
  }
}
