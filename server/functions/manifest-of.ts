// One reading of an app's functions topic for all who ask what is in force.
import { oneOf } from "../one-of.ts";
import { ManifestInForce } from "./manifest-in-force.ts";

export const manifestOf = oneOf((served) => new ManifestInForce(served));
