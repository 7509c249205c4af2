// millrace outbox sql: what makes an outbox's table, for a migration.
import type { Command } from "commander";
import { outboxSql } from "../outbox/table.ts";

export function outboxCommand(command: Command): Command {
  command.description("the outbox of a database: events that are sent if and only if their transaction commits");
  command
    .command("sql")
    .description("print the statements that make the table, for Postgres 14 and newer; they change nothing where it is there")
    .option("--table <name>", "its name, with a schema in front where it has one", "outbox")
    .action(({ table }: { readonly table: string }) => void process.stdout.write(outboxSql(table)));
  return command;
}
