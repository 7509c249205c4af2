// What the address of a run says: which view, and which step is shown beside the timeline.
import { searchOf } from "../../url.ts";

export const readRunSearch = searchOf("step", "view");
