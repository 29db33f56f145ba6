// The directory sync of @boxyhq/saml-jackson (Polis) with its own SQL store in SQLite (write-ahead log, every commit synced)
// or PostgreSQL. The package has no server: this file passes requests to it from node's HTTP server, in the same way as the
// route in Polis.
import { createServer } from "node:http";
import { createRequire } from "node:module";

// The package has no setting for how its database syncs, and the default of better-sqlite3 does not sync every commit.
const require = createRequire(import.meta.url);
const Database = require("better-sqlite3");
require.cache[require.resolve("better-sqlite3")].exports = function open(...options) {
    const database = new Database(...options);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    return database;
};
const { default: jackson } = await import("@boxyhq/saml-jackson");

const { DATABASE_FILE, DATABASE_URL } = process.env;
const quiet = () => {};
const { directorySyncController } = await jackson.controllers({
    externalUrl: "http://127.0.0.1",
    samlPath: "/saml",
    noAnalytics: true,
    logger: { info: quiet, warn: quiet, error: console.error },
    db: DATABASE_FILE
        ? { engine: "sql", type: "sqlite", url: DATABASE_FILE }
        : { engine: "sql", type: "postgres", url: `${DATABASE_URL}?pool_max_conns=10` },
});
const { data: directory } = await directorySyncController.directories.create({
    tenant: "northwind",
    product: "bench",
    type: "okta-scim-v2",
});
const PATH = directory.scim.path;

async function read(request) {
    const parts = [];
    for await (const part of request) parts.push(part);
    return parts.length ? JSON.parse(Buffer.concat(parts).toString()) : undefined;
}

async function handle(request, response) {
    const url = new URL(request.url, "http://127.0.0.1");
    const [resourceType, resourceId] = url.pathname.slice(PATH.length + 1).split("/");
    const { count, startIndex, filter } = Object.fromEntries(url.searchParams);
    const asked = {
        method: request.method,
        body: await read(request),
        directoryId: directory.id,
        resourceType,
        resourceId,
        apiSecret: request.headers.authorization?.split(" ")[1] ?? null,
        query: { count: count ? Number(count) : undefined, startIndex: startIndex ? Number(startIndex) : undefined, filter },
    };
    // The package passes its events to the embedding server. This one discards them.
    const { status, data } = await directorySyncController.requests.handle(asked, async () => {});
    const body = JSON.stringify(data);
    response.writeHead(status, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
    response.end(body);
}

const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
        console.error(error);
        response.writeHead(500, { "Content-Length": 0 }).end();
    });
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}${PATH} ${directory.scim.secret}`);
});
