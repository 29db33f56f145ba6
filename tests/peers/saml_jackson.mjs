// The directory sync of saml-jackson (Ory Polis) over HTTP, with its store in memory. Ory Polis itself serves the same controller.
import { createServer } from "node:http";

import jackson from "@boxyhq/saml-jackson";

const { directorySyncController } = await jackson.default({
    externalUrl: "http://127.0.0.1",
    samlPath: "/sso",
    scimPath: "/api/scim/v2.0",
    db: { engine: "mem" },
    noAnalytics: true,
    logger: { info() {}, warn() {}, error: console.error },
    openid: {},
});
const { data: directory, error } = await directorySyncController.directories.create({
    name: "peers",
    tenant: "peers",
    product: "peers",
    type: "okta-scim-v2",
});
if (error) throw new Error(error.message);

const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://127.0.0.1");
    const [directoryId, resourceType, resourceId] = url.pathname.replace("/api/scim/v2.0/", "").split("/").map(decodeURIComponent);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    // As Ory Polis does it: pages/api/scim/v2.0/[...directory].ts.
    const { status, data } = await directorySyncController.requests.handle({
        method: request.method,
        body: text ? JSON.parse(text) : undefined,
        directoryId,
        resourceId,
        resourceType: resourceType?.toLowerCase(),
        apiSecret: request.headers.authorization?.split(" ")[1],
        query: {
            count: url.searchParams.has("count") ? Number(url.searchParams.get("count")) : undefined,
            startIndex: url.searchParams.has("startIndex") ? Number(url.searchParams.get("startIndex")) : undefined,
            filter: url.searchParams.get("filter") ?? undefined,
        },
    });
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(data === null || data === undefined ? "" : JSON.stringify(data));
});
server.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}/api/scim/v2.0/${directory.id} ${directory.scim.secret}`);
});
