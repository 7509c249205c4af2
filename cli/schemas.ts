// millrace schemas: a project's schemas of events, from its .avsc files to types, to those who check them, and to a registry.
import type { Command } from "commander";
import { checkSchemasCommand } from "./schemas-check.ts";
import { generateTypesCommand } from "./schemas-generate.ts";
import { registerSchemasCommand } from "./schemas-register.ts";
import { serveSchemasCommand } from "./schema-endpoint.ts";

export function schemasCommand(command: Command): Command {
  command.description("schemas of events: make types of them, check changes, register them");
  generateTypesCommand(command.command("generate"));
  checkSchemasCommand(command.command("check"));
  registerSchemasCommand(command.command("register"));
  serveSchemasCommand(command.command("serve"));
  return command;
}
