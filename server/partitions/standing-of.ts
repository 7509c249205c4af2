// One reading of an app's journals for all resources that ask how far they are.
import { oneOf } from "../one-of.ts";
import { Standing } from "./standing.ts";

export const standingOf = oneOf((served) => new Standing(served));
