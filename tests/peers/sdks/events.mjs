// Parses each line of a file with events as the WorkOS SDK for Node parses a webhook, and asserts that the model keeps every
// value of an event.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { WorkOS } from "@workos-inc/node";

const SECRET = "whsec_local";
const { webhooks } = new WorkOS("sk_test_local");
const camel = (key) => key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
// What the models of this version do not have: the kinds of objects that follow from the event, the name of a user (since 2026),
// and the deprecated addresses.
const NOT_IN_MODEL = ["/object", "/data/object", "/data/group/object"].concat(
    ["/data", "/data/user"].flatMap((user) => [`${user}/name`, `${user}/emails`]),
);
const isNull = (value) => value === null || value === undefined;

/** Returns the places where the model differs from the event. The SDK shows names in camel case, or as they are. */
const differences = (sent, kept, path = "") => {
    if (isNull(kept) && (isNull(sent) || NOT_IN_MODEL.includes(path))) return [];
    if (Array.isArray(sent) && Array.isArray(kept)) return sent.flatMap((one, at) => differences(one, kept[at], `${path}/${at}`));
    if (typeof sent === "object" && typeof kept === "object" && sent && kept) {
        return Object.entries(sent).flatMap(([key, value]) => differences(value, kept[camel(key)] ?? kept[key], `${path}/${key}`));
    }
    return sent === kept ? [] : [`${path}: ${JSON.stringify(sent)} became ${JSON.stringify(kept)}`];
};

const lines = readFileSync(process.argv[2], "utf8").trimEnd().split("\n");
const lost = new Map();
for (const line of lines) {
    const time = Date.now();
    const signature = createHmac("sha256", SECRET).update(`${time}.${line}`).digest("hex");
    const payload = JSON.parse(line);
    // The SDK signs the JSON text of the payload.
    assert.equal(JSON.stringify(payload), line);
    const event = await webhooks.constructEvent({ payload, sigHeader: `t=${time}, v1=${signature}`, secret: SECRET });
    for (const one of differences(payload, event)) {
        lost.set(one.split(":")[0] + " of " + payload.event, one);
    }
}
assert.deepEqual([...lost], []);
console.log(`workos for Node: ${lines.length} events parsed`);
