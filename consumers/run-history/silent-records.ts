// Records that say nothing of runs that others do not say. Known by name, so that a new one is not passed over by mistake: the compiler asks for
// its handler, or for its name here.

export type SilentRecord =
  // What partitions owe and tell each other: what comes of it is a record of the run.
  | "MessageSent"
  | "MessagesConfirmed"
  | "MessagesReceived"
  | "WatermarkRaised"
  // What the partition that decides a wait keeps of it, and of events.
  | "WaitClosed"
  | "EventKept"
  | "OfferAdvanced"
  | "EventTaken"
  | "ScanAsked"
  | "ScanWanted"
  | "ScanAnswered"
  | "ShapeActivated"
  // What policies count.
  | "EventSpread"
  | "SpreadAdvanced"
  | "SlotsReturned"
  | "PermitsHeld"
  | "PermitsLeased"
  // Whose code is being called, after an owner died.
  | "RunsResumed"
  | "LaneEntered"
  | "LaneLeft"
  | "RunsRested"
  // The life of the partition and of what it decides by.
  | "SourcePositionSet"
  | "CronScheduled"
  | "OwnerReleasing"
  | "OwnerReleased"
  // A backfill's progress: the runs that it starts are told like any.
  | "BackfillStarted"
  | "BackfillLocated"
  | "BackfillAdvanced"
  | "BackfillChanged"
  | "BackfillEnded"
  // Of consumers, which have journals of their own.
  | "EventConsumed"
  | "HandlingFailed"
  | "HandlingsTried"
  | "HandlingEnded"
  | "ConsumerSteered"
  | "ConsumerTold";
