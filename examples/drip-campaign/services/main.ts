// Mail, CRM and prices in a process of their own.
//   node examples/drip-campaign/services/main.ts [port]
import { serve } from "../../services/server.ts";
import { TEMPERS } from "./tempers.ts";

serve({ title: "mail, CRM and prices", tempers: TEMPERS });
