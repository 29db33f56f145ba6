// SCIMMY behind its express routers. It includes no store. This one implements the measured operations: create, get, search by
// userName and delete, each as one transaction of SQLite (write-ahead log, every commit synced) or PostgreSQL.
import { randomUUID } from "node:crypto";

import Database from "better-sqlite3";
import express from "express";
import pg from "pg";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const TOKEN = "a-token-of-the-peers";

const SCHEMA =
    "CREATE TABLE person (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, document TEXT NOT NULL, created TEXT NOT NULL)";
const INSERT = "INSERT INTO person (id, name, document, created) VALUES ($1, $2, $3, $4)";
const BY_ID = "SELECT id, document, created FROM person WHERE id = $1";
const BY_NAME = "SELECT id, document, created FROM person WHERE name = $1";
const DELETE = "DELETE FROM person WHERE id = $1";

/** Returns the rows of a query, or the number of rows that a statement changed. */
function overSqlite(path) {
    const database = new Database(path);
    database.pragma("journal_mode = WAL");
    database.pragma("synchronous = FULL");
    database.exec(SCHEMA);
    const prepared = new Map();
    return async (sql, ...values) => {
        if (!prepared.has(sql)) prepared.set(sql, database.prepare(sql.replace(/\$\d/g, "?")));
        const statement = prepared.get(sql);
        return statement.reader ? statement.all(values) : statement.run(values).changes;
    };
}

async function overPostgres(url) {
    const pool = new pg.Pool({ connectionString: url, max: 10 });
    await pool.query(SCHEMA);
    return async (sql, ...values) => {
        const result = await pool.query({ name: sql.slice(0, 60), text: sql, values });
        return result.command === "SELECT" ? result.rows : result.rowCount;
    };
}

const { DATABASE_FILE, DATABASE_URL } = process.env;
const query = DATABASE_FILE ? overSqlite(DATABASE_FILE) : await overPostgres(DATABASE_URL);
const TAKEN = ["SQLITE_CONSTRAINT_UNIQUE", "23505"];

function resource({ id, document, created }) {
    return { ...JSON.parse(document), id, meta: { created, lastModified: created } };
}

async function ingress(asked, person) {
    if (asked.id) throw new SCIMMY.Types.Error(501, null, "not measured");
    const { password, ...kept } = JSON.parse(JSON.stringify(person));
    const row = { id: randomUUID(), document: JSON.stringify(kept), created: new Date().toISOString() };
    try {
        await query(INSERT, row.id, person.userName.toLowerCase(), row.document, row.created);
    } catch (error) {
        if (TAKEN.includes(error.code)) throw new SCIMMY.Types.Error(409, "uniqueness", "userName is taken");
        throw error;
    }
    return resource(row);
}

async function egress(asked) {
    if (asked.id) {
        const [row] = await query(BY_ID, asked.id);
        if (!row) throw new SCIMMY.Types.Error(404, null, "no such person");
        return resource(row);
    }
    const [{ userName: [operator, name] = [] } = {}] = asked.filter ?? [];
    if (operator !== "eq") throw new SCIMMY.Types.Error(501, null, "not measured");
    return (await query(BY_NAME, name.toLowerCase())).map(resource);
}

async function degress(asked) {
    if (!(await query(DELETE, asked.id))) throw new SCIMMY.Types.Error(404, null, "no such person");
}

SCIMMY.Resources.declare(SCIMMY.Resources.User, { ingress, egress, degress });
const app = express();
app.disable("x-powered-by");
app.use(
    "/scim/v2",
    new SCIMMYRouters({
        type: "bearer",
        handler: (request) => {
            if (request.header("Authorization") !== `Bearer ${TOKEN}`) throw new Error("an unknown token");
            return "okta";
        },
    }),
);
const server = app.listen(0, "127.0.0.1", () => {
    console.log(`http://127.0.0.1:${server.address().port}/scim/v2 ${TOKEN}`);
});
server.keepAliveTimeout = 120_000;
