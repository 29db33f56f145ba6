// The journey of journey.py through the WorkOS SDK for Node. A directory with 250 people and a group is there already.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { WorkOS } from "@workos-inc/node";

const announced = JSON.parse(process.env.ANNOUNCED);
const directory = process.env.DIRECTORY;
const { hostname, port } = new URL(announced.api_url);
const workos = (key) => new WorkOS(key, { apiHostname: hostname, port: Number(port), https: false });
const client = workos(announced.api_key);
const people = Array.from({ length: 250 }, (_, number) => `person${number}@example.com`);

const refused = async (call, status) => {
    const error = await call().then(
        () => assert.fail(`not refused with ${status}`),
        (error) => error,
    );
    assert.equal(error.status, status, String(error));
    assert.ok(error.requestID, String(error));
};

const made = await client.organizations.createOrganization({
    name: "Northwind",
    domainData: [{ domain: "northwind.example", state: "verified" }],
    externalId: "customer-2",
    metadata: { tier: "gold" },
});
assert.equal(made.domains[0].domain, "northwind.example");
assert.deepEqual(await client.organizations.getOrganization(made.id), made);
assert.deepEqual(await client.organizations.getOrganizationByExternalId("customer-2"), made);
const renamed = await client.organizations.updateOrganization({ organization: made.id, name: "Traders" });
assert.deepEqual([renamed.name, renamed.externalId], ["Traders", "customer-2"]);
const found = await client.organizations.listOrganizations({ domains: ["northwind.example"] });
assert.deepEqual(found.data.map(({ id }) => id), [made.id]);
const { link } = await client.adminPortal.generateLink({ organization: made.id, intent: "dsync" });
assert.ok((await (await fetch(link)).text()).includes("Traders"));
await refused(() => client.adminPortal.generateLink({ organization: "org_unknown", intent: "dsync" }), 404);
await client.organizations.deleteOrganization(made.id);
await refused(() => client.organizations.getOrganization(made.id), 404);

const one = await client.directorySync.getDirectory(directory);
assert.deepEqual([one.state, one.type], ["active", "okta scim v2.0"]); // the SDK shows linked as active
const listed = await client.directorySync.listDirectories({ organizationId: announced.organization_id });
assert.ok(listed.data.some(({ id }) => id === directory));

const users = await client.directorySync.listUsers({ directory, order: "asc" });
assert.deepEqual((await users.autoPagination()).map(({ email }) => email), people);
const user = users.data[0];
assert.deepEqual(await client.directorySync.getUser(user.id), user);
assert.deepEqual([user.idpId, user.firstName, user.groups], ["00u0", "Person", []]);
const groups = await client.directorySync.listGroups({ directory });
assert.deepEqual(groups.data.map(({ name }) => name), ["Team"]);
assert.deepEqual(await client.directorySync.getGroup(groups.data[0].id), groups.data[0]);
const members = await client.directorySync.listUsers({ group: groups.data[0].id, order: "asc" });
assert.deepEqual(members.data.map(({ email }) => email), people.slice(0, 3));
assert.deepEqual((await client.directorySync.listGroups({ user: user.id })).data, groups.data);

const names = ["dsync.user.created", "dsync.group.user_added"];
let seen = [];
for (let after; ; ) {
    const page = await client.events.listEvents({
        events: names,
        organizationId: announced.organization_id,
        limit: 100,
        after,
    });
    seen = seen.concat(page.data);
    after = page.listMetadata.after;
    if (!after) break;
}
assert.deepEqual(seen.slice(0, 250).map(({ data }) => data.email), people);
assert.deepEqual(seen.slice(250).map(({ data }) => data.user.email), people.slice(0, 3));
const rangeStart = new Date(Date.parse(seen.at(-1).createdAt) + 1).toISOString();
assert.deepEqual((await client.events.listEvents({ events: names, rangeStart })).data, []);

// A webhook: the deletion of the directory arrives over HTTP, and the SDK verifies it.
let arrive;
const arrived = new Promise((resolve) => (arrive = resolve));
const receiver = createServer(async (request, response) => {
    let payload = "";
    for await (const chunk of request) payload += chunk;
    response.end();
    arrive({ payload, sigHeader: request.headers["workos-signature"] });
}).listen(0, "127.0.0.1");
await new Promise((resolve) => receiver.once("listening", resolve));
const endpointUrl = `http://127.0.0.1:${receiver.address().port}/hook`;
const endpoint = await client.webhooks.createWebhookEndpoint({ endpointUrl, events: ["dsync.deleted"] });
assert.deepEqual([endpoint.endpointUrl, endpoint.status], [endpointUrl, "enabled"]);
assert.deepEqual((await client.webhooks.listWebhookEndpoints()).data.map(({ id }) => id), [endpoint.id]);
await refused(() => client.webhooks.createWebhookEndpoint({ endpointUrl, events: ["dsync.deleted"] }), 409);

await refused(() => client.directorySync.getUser("directory_user_unknown"), 404);
await refused(() => client.directorySync.listUsers({ directory, limit: 101 }), 422);
await refused(() => client.events.listEvents({ events: ["dsync.nothing"] }), 422);
await refused(() => workos("sk_wrong").directorySync.listDirectories(), 401);
await client.directorySync.deleteDirectory(directory);
const [deleted] = (await client.events.listEvents({ events: ["dsync.deleted"], order: "desc" })).data;
assert.equal(deleted.data.id, directory);

const { payload, sigHeader } = await Promise.race([
    arrived,
    new Promise((_, reject) => setTimeout(() => reject(new Error("no webhook came")), 20_000).unref()),
]);
const { secret } = endpoint;
const event = await client.webhooks.constructEvent({ payload, sigHeader, secret });
assert.deepEqual([event.event, event.id, event.data.id], ["dsync.deleted", deleted.id, directory]);
const verify = (changes) => client.webhooks.constructEvent({ payload, sigHeader, secret, ...changes });
await assert.rejects(verify({ secret: `${secret}x` }), /does not match/);
await assert.rejects(verify({ payload: payload.replace("deleting", "active") }), /does not match/);
// As a replay would be: authentic, but too old.
const old = Date.now() - 181_000;
const mac = createHmac("sha256", secret).update(`${old}.${payload}`).digest("hex");
await assert.rejects(verify({ sigHeader: `t=${old}, v1=${mac}` }), /tolerance/);
const off = await client.webhooks.updateWebhookEndpoint({ id: endpoint.id, status: "disabled" });
assert.equal(off.status, "disabled");
await client.webhooks.deleteWebhookEndpoint({ id: endpoint.id });
assert.deepEqual((await client.webhooks.listWebhookEndpoints()).data, []);
receiver.close();
console.log("workos for Node: the journey is complete");
