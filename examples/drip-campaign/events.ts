// What happens in this service, by name, and the data that each event carries.
export type CampaignEvents = {
  "user/signed.up": { readonly userId: string; readonly email: string; readonly name: string; readonly plan: Plan };
  "booking/created": { readonly userId: string; readonly bookingId: string };
  "user/deleted": { readonly userId: string };
  /** Sent by the campaign itself, for whoever wants to know. */
  "campaign/ended": { readonly userId: string; readonly outcome: CampaignOutcome };
};

export type Plan = "solo" | "team" | "enterprise";
export type CampaignOutcome = "thanked" | "reminded";
