// SCIMMY behind its express routers, with a store in memory.
import { randomUUID } from "node:crypto";

import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

const TOKEN = "a-token-of-the-peers";

/** Handlers of one resource type over a map. `unique` names the attribute that no two resources share. */
function handlers(unique) {
    const rows = new Map();
    const find = (id) => rows.get(id) ?? (() => { throw new SCIMMY.Types.Error(404, null, `${id} not found`); })();
    return {
        ingress(resource, data) {
            const { password, ...kept } = JSON.parse(JSON.stringify(data));
            const now = new Date().toISOString();
            const before = resource.id ? find(resource.id) : undefined;
            const taken = [...rows.values()].some((row) => row.id !== before?.id && row[unique].toLowerCase() === kept[unique].toLowerCase());
            if (taken && unique === "userName") throw new SCIMMY.Types.Error(409, "uniqueness", `${unique} is taken`);
            const id = before?.id ?? randomUUID();
            rows.set(id, { ...kept, id, meta: { created: before?.meta.created ?? now, lastModified: now } });
            return rows.get(id);
        },
        egress(resource) {
            if (resource.id) return find(resource.id);
            const all = [...rows.values()];
            return resource.filter ? resource.filter.match(all) : all;
        },
        degress(resource) {
            find(resource.id);
            rows.delete(resource.id);
        },
    };
}

SCIMMY.Resources.declare(SCIMMY.Resources.User.extend(SCIMMY.Schemas.EnterpriseUser, false), handlers("userName"));
SCIMMY.Resources.declare(SCIMMY.Resources.Group, handlers("displayName"));
const app = express();
app.disable("x-powered-by");
app.use("/scim/v2", new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
        const [scheme, token] = (request.header("Authorization") ?? "").split(" ");
        if (scheme.toLowerCase() !== "bearer" || token !== TOKEN) throw new Error("an unknown token");
        return "okta";
    },
}));
const server = app.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}/scim/v2 ${TOKEN}`));
