// What a message of another task, or of this one to itself, means here.
import { unreachable } from "../../core/errors.ts";
import { decideControlBackfill } from "../backfill/control.ts";
import { decideStartBackfill } from "../backfill/start.ts";
import { decideChildEnded } from "../child/ended.ts";
import { decideStartChild } from "../child/start.ts";
import { ignored, type Decision } from "../decision.ts";
import type { MessageBody } from "../records.ts";
import { decideCancelRun } from "../run/cancel.ts";
import { decideSteerConsumer } from "../consumer/steer.ts";
import { decideRerunRun } from "../run/rerun.ts";
import { decideReleaseRun } from "../run/quarantine.ts";
import type { PartitionState } from "../state.ts";
import { decideEventSeen } from "../wait/offer.ts";
import { decideCancelWait, decideRegisterWait } from "../wait/register.ts";
import { decideResolveWait } from "../wait/resolve.ts";
import { decideEnterFunction } from "../flow/gates/enter.ts";
import { decideStartMissed } from "../flow/gates/start-missed.ts";
import { decideSingletonEnded } from "../flow/gates/singleton-ended.ts";
import { decideOverrideFlow } from "../flow/limits/override.ts";
import { decidePauseFunction } from "../flow/limits/pause.ts";
import { decideGrantPermits, decideRecallPermits, decideReturnPermits, decideWantPermits } from "../flow/limits/permits.ts";
import { decideRescanDone } from "../wait/scan.ts";
import { decideRejectMatch } from "../wait/signal.ts";
import { decideWatermarkReached } from "../wait/watermark.ts";

/** `from`: the sender's partition, -1 for people. */
export function decideMessage(state: PartitionState, from: number, body: MessageBody, now: number): Decision {
  switch (body.type) {
    case "EventSeen":
      return decideEventSeen(state, body);
    case "RegisterWait":
      return decideRegisterWait(state, body);
    case "CancelWait":
      return decideCancelWait(state, body);
    case "ResolveWait":
      return decideResolveWait(state, body, from);
    case "RejectMatch":
      return decideRejectMatch(state, body);
    case "WatermarkReached":
      return decideWatermarkReached(state, from, body);
    case "RescanDone":
      return decideRescanDone(state, from, body);
    case "StartChild":
      return decideStartChild(state, body, now);
    case "ChildEnded":
      return decideChildEnded(state, body);
    case "CancelRun":
      return decideCancelRun(state, body.run, body.reason, now);
    case "ReleaseRun":
      return decideReleaseRun(state, body);
    case "EnterFunction":
      return decideEnterFunction(state, body, now);
    case "SingletonEnded":
      return decideSingletonEnded(state, body, now);
    case "WantPermits":
      return decideWantPermits(state, from, body, now);
    case "GrantPermits":
      return decideGrantPermits(state, from, body);
    case "ReturnPermits":
      return decideReturnPermits(state, from, body);
    case "RecallPermits":
      return decideRecallPermits(state, from, body);
    case "PauseFunction":
      return decidePauseFunction(state, body);
    case "OverrideFlow":
      return decideOverrideFlow(state, body);
    case "RerunRun":
      return decideRerunRun(state, body, now);
    case "StartBackfill":
      return decideStartBackfill(state, body);
    case "ControlBackfill":
      return decideControlBackfill(state, body);
    case "StartMissed":
      return decideStartMissed(state, body, now);
    // Decided where the consumer's code is.
    case "SteerConsumer":
      return decideSteerConsumer(state, body);
    case "ConsumeEvent":
    case "ConsumeAgain":
      return ignored("it needs the code of a consumer");
    // Nothing is decided: the task looks at its sources and answers, or waits.
    case "AskDigest":
    case "AskWatermark":
    case "AskRescan":
    case "HoldBack":
      return ignored("a question");
    default:
      return unreachable(body);
  }
}
