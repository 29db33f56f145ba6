// Replaces the rows of the tables by those of a newer page. Everything else, and so the reader's place, stays.
"use strict";

const INTERVAL_MS = 2000;
const updating = document.getElementById("updating");
const isOn = updating.querySelector("input");
const status = updating.querySelector("[role=status]");

// True while the reader has selected text there.
function isInUse(element) {
    const selection = getSelection();
    return !selection.isCollapsed && selection.containsNode(element, true);
}

async function update() {
    const response = await fetch("./", { headers: { Accept: "text/html" }, cache: "no-store" });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const newer = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const element of document.querySelectorAll("tbody, #event-count")) {
        const replacement = newer.getElementById(element.id);
        if (replacement && !isInUse(element) && replacement.innerHTML !== element.innerHTML) {
            element.replaceChildren(...replacement.childNodes);
        }
    }
}

async function run() {
    if (isOn.checked && !document.hidden) {
        try {
            await update();
            status.textContent = "";
        } catch (error) {
            status.textContent = `The last update failed: ${error.message}`;
        }
    }
    setTimeout(run, INTERVAL_MS);
}

updating.hidden = false;
document.getElementById("reload").hidden = true;
setTimeout(run, INTERVAL_MS);
