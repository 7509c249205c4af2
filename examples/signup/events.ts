// What happens in this service, by name, and the data that each event carries.
// A type, so that a wrong name or a missing field in `createFunction` and `send` does not compile.
export type SignUpEvents = {
  "user/signed.up": { readonly email: string; readonly name: string; readonly company: string };
};
