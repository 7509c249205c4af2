// Has the runs that a dry run found repeated by today's code.
import { useQueryClient } from "@tanstack/react-query";
import { useState, type ReactElement } from "react";

import type { Replay } from "../../../../server/contract/replays.ts";
import { KEYS } from "../../api/keys.ts";
import { applyReplay } from "../../api/replays.ts";
import { Confirm } from "../../components/confirm.tsx";
import { Field, Input } from "../../components/filter-bar.tsx";
import { Notice } from "../../components/states.tsx";
import { tellDone } from "../../components/toast.tsx";

type Emit = "changed" | "all" | "none";
type WhileRunning = "refuse" | "skip" | "cancel";

export function ApplyReplay({ replay, onClose }: { readonly replay: Replay; readonly onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const [emit, setEmit] = useState<Emit>("changed");
  const [whileRunning, setWhileRunning] = useState<WhileRunning>("refuse");
  const [rate, setRate] = useState("");
  const perSecond = rate === "" ? 0 : Number(rate);
  const isRate = Number.isFinite(perSecond) && perSecond >= 0;
  const affected = replay.affected ?? 0;
  const runs = affected === 1 ? "one run" : `${affected.toLocaleString("en")} runs`;

  return (
    <Confirm
      title={`Re-run ${runs}?`}
      action={`Re-run ${affected.toLocaleString("en")}`}
      isDangerous
      isBlocked={affected === 0 || !isRate}
      onClose={onClose}
      onConfirm={async () => {
        await applyReplay(replay.operation.id, { emit, whileRunning, rate: perSecond, expected: affected });
        await Promise.all([KEYS.replays, KEYS.operations].map((queryKey) => queries.invalidateQueries({ queryKey })));
        tellDone("Re-runs have begun");
      }}
    >
      {replay.applied.length > 0 && (
        <Notice tone="warn">This was done before. Runs that were repeated since then are left out: nothing is done twice.</Notice>
      )}
      <p>
        Each is done again from the first step that differs on, with the results of what came before. Steps from there on are executed, with
        all their effects. The runs that were stay as they are.
      </p>
      <Field label="Events that the re-runs send">
        <select className="input" value={emit} onChange={({ target }) => setEmit(target.value as Emit)}>
          <option value="changed">only those that differ from what was sent</option>
          <option value="all">all of them, also those that were sent before</option>
          <option value="none">none</option>
        </select>
      </Field>
      <Field label="Runs that are not over yet">
        <select className="input" value={whileRunning} onChange={({ target }) => setWhileRunning(target.value as WhileRunning)}>
          <option value="refuse">do nothing at all if there is one</option>
          <option value="skip">leave them</option>
          <option value="cancel">cancel them, and re-run them</option>
        </select>
      </Field>
      <Field label="Runs a second, at most" hint="Empty: as fast as it goes.">
        <Input
          inputMode="decimal"
          value={rate}
          {...(!isRate && { "aria-invalid": true })}
          onChange={({ target }) => setRate(target.value)}
        />
      </Field>
    </Confirm>
  );
}
