// Users, mail and CRM in a process of their own.
//   node examples/signup/services/main.ts [port]
import { serve } from "../../services/server.ts";
import { TEMPERS } from "./tempers.ts";

serve({ title: "users, mail and CRM", tempers: TEMPERS });
