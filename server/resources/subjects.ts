// Erasing the data of a subject: who it was is told to nobody, not to the audit either, which has a hash.
import { erasedInWords } from "../../engine/sealing/erased-in-words.ts";
import { subjectHash } from "../../engine/sealing/key-record.ts";
import { carriedOut } from "../audit/carried-out.ts";
import { Erased, EraseBody } from "../contract/subjects.ts";
import { actorOf, type Api } from "../http/api.ts";
import { json, route } from "../http/route.ts";
import type { ServedApp, ServerTools } from "../served-app.ts";

const erase = route("operate", {
  method: "post",
  path: "/subjects/erase",
  summary: "Erase the data of a subject, for good: nobody can read it from then on, and its open runs fail",
  request: { body: { content: json(EraseBody) } },
  responses: { 200: { description: "The log has it", content: json(Erased) } },
});

export function subjectsResource(api: Api, { id, app, log }: ServedApp, { audit }: ServerTools): void {
  api.openapi(erase, async (c) => {
    const { subject } = c.req.valid("json");
    const target = subjectHash(id, subject);
    const asked = await audit.asked({ actor: actorOf(c), operation: "subject.erase", target });
    const { keys } = await carriedOut(asked, () => app.erase(subject));
    return c.json({ keys, detail: erasedInWords(keys, log.description) }, 200);
  });
}
