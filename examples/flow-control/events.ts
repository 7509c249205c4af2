// What happens in this service, by name, and the data that each event carries.
export type ImportEvents = {
  /** A line of the file. */
  "contact/imported": Contact;
  /** Its address is right. */
  "contact/verified": Contact;
  "rows/inserted": { readonly tenant: string };
};

export type Contact = { readonly tenant: string; readonly contact: number };
