// millrace doctor: what is wrong with where an app runs, and how to mend it.
import type { Command } from "commander";
import { plainLines, plainText } from "../engine/core/plain-text.ts";
import { checkOptions } from "../engine/config/options.ts";
import { checkNamed, loadParts } from "./app-module.ts";
import { checkNoCodec, loadCodec } from "./codec-module.ts";
import { settingsOf, tellUnread, withSettings, type SettingFlags } from "./command-settings.ts";
import type { Finding } from "./doctor/finding.ts";
import { look, type LookOptions } from "./doctor/look.ts";
import { moduleFile } from "./module-file.ts";
import { colorsFor } from "./print/table.ts";
import { printingAside } from "./printing-aside.ts";
import { say } from "./say.ts";

interface DoctorFlags extends SettingFlags {
  readonly app?: string;
  readonly codec?: string;
  readonly json?: true;
}

const TAKEN = ["app", "server.tokens"];

export function doctorCommand(command: Command): Command {
  return withSettings(command, TAKEN)
    .description("look at brokers, topics, registry, clock, versions, disk and tokens, and say how to mend what is wrong")
    .argument("[module]", 'of the app (default: --app; else "millrace" of package.json, app.ts, src/app.ts, index.ts)')
    .option("--codec <module>", "without a module: one that exports what the app encrypts with as `codec`")
    .option("--json", "a line of JSON a finding")
    .action(async (module: string | undefined, flags: DoctorFlags) => {
      const settings = settingsOf(flags, TAKEN);
      tellUnread(settings, say);
      const findings = await look({
        ...(await patient(module, flags, settings.values.app)),
        tokens: settings.values.server.tokens ?? null,
      });
      process.stdout.write(flags.json === true ? findings.map((one) => `${JSON.stringify(one)}\n`).join("") : report(findings));
      if (findings.some(({ verdict }) => verdict === "fail")) process.exitCode = 1;
    });
}

async function patient(module: string | undefined, flags: DoctorFlags, app: string | undefined): Promise<Omit<LookOptions, "tokens">> {
  const { codec } = flags;
  if (module === undefined && app !== undefined) {
    return { options: checkOptions({ id: app }), codec: codec === undefined ? null : await loadCodec(codec) };
  }
  checkNoCodec(flags);
  const parts = await printingAside(() => loadParts(moduleFile(module)));
  checkNamed(flags.app, parts.options);
  return { options: parts.options, codec: parts.codec };
}

function report(findings: readonly Finding[]): string {
  const { green, yellow, red, dim } = colorsFor();
  const marks = { ok: green("✓"), warn: yellow("!"), fail: red("✗"), unknown: dim("?") };
  const lines = findings.map(
    ({ of, verdict, says, mend }) =>
      `${marks[verdict]} ${plainText(`${of}: ${says}`)}\n${mend === null ? "" : `    → ${plainLines(mend)}\n`}`,
  );
  const count = (verdict: Finding["verdict"]): number => findings.filter((one) => one.verdict === verdict).length;
  const unseen = count("unknown") === 0 ? "" : `, ${count("unknown")} could not be looked at`;
  return `${lines.join("")}\n${count("ok")} are well, ${count("warn")} may become trouble, ${count("fail")} are wrong${unseen}\n`;
}
