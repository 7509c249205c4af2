// Somebody signed up: an account, a warm welcome, the newsletter, and a report when they have had time to look around.
import type { Millrace } from "millrace";
import type { SignUpEvents } from "../events.ts";
import type { Services } from "../services/client.ts";

export function signUpFunction(app: Millrace<SignUpEvents>, services: Services): void {
  app.createFunction({ id: "sign-up", triggers: [{ event: "user/signed.up" }] }, async ({ event, step, logger }) => {
    const { email, name } = event.data;

    // A step is tried again until it works, and its result is recorded: whatever happens to this process, it is not done anew.
    const user = await step.run("create user", (call) => services.createUser({ email, name }, call));

    await step.run("send welcome email", (call) =>
      services.sendEmail({ to: email, subject: `Welcome, ${name}!`, text: `Your account is ${user.id}.` }, call),
    );
    await step.run("join mailing list", (call) => services.joinMailingList({ list: "newsletter", email }, call));

    // Nothing is held in memory meanwhile. It may as well be "30 days".
    await step.sleep("settle in", "2 seconds");

    const report = await step.run("report", (call) => services.fileReport({ userId: user.id, email }, call));
    logger.info({ userId: user.id, report: report.id }, "signed up");
    return { userId: user.id, reportId: report.id };
  });
}
