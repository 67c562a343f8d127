// What a shop's programmer writes first, with the TypeScript client. Arguments: where the client
// is, the address, a key.
const [client, basePath, accessToken] = process.argv.slice(2);
const { ActivitiesApi, Configuration, MembersApi, ResponseError } = await import(client);

const configuration = new Configuration({ basePath, accessToken });
const members = new MembersApi(configuration);
const activities = new ActivitiesApi(configuration);

const enrolled = await members.enrolMemberRaw({
  idempotencyKey: "enrol-1",
  enrolmentRequest: {
    identifiers: ["email:noor@example.nl"],
    givenName: "Noor",
    touchpoint: "webshop",
  },
});
const activitySubmission = {
  type: "purchase",
  member: "email:noor@example.nl",
  externalId: "order-1",
  occurredAt: new Date(),
  channel: "webshop",
  lines: [{ product: "emulsion", amount: "25.00" }],
};
const first = await activities.recordActivity({ activitySubmission });
const again = await activities.recordActivityRaw({ activitySubmission });
const why = await activities.explainActivity({ activityId: first.id });
let refused = "";
try {
  await activities.recordActivity({
    activitySubmission: { ...activitySubmission, member: "email:nobody@x.nl" },
  });
} catch (error) {
  if (!(error instanceof ResponseError)) throw error;
  refused = (await error.response.json()).code;
}
const found = {
  enrolled: enrolled.raw.status,
  points: first.points,
  balance: first.balance,
  again: [again.raw.status, (await again.value()).points],
  why: why.points,
  refused,
};
console.log(JSON.stringify(found));
