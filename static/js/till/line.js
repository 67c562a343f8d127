// The line to the shop's server: fetch what the till needs without it, bring what it noted.

import { keep, kept, uploaded, waiting } from "./store.js";

const MOST = 500; // entries in one upload; the rest goes with the next
const FRESH = 3_600_000; // milliseconds that a pack need not be asked for again

// Asks for a new pack when there is none of this till, or it is an hour old, or `anew`.
export async function refresh(till, token, { anew = false } = {}) {
  const now = Date.now();
  const before = await kept("pack");
  if (!anew && before && before.till === till && now - before.fetched < FRESH) return;
  const answer = await fetch("/till/pack.json", {
    method: "POST", // it is given a number
    credentials: "same-origin",
    headers: { "X-CSRFToken": token },
  });
  if (!answer.ok) return;
  await keep("pack", { till, fetched: now, pack: await answer.json() });
}

// Brings every entry that waits; the answers, by the entries' numbers. An entry leaves the till only
// once its own answer is there, so a line that breaks half-way loses nothing.
export async function bring(token) {
  const answers = new Map();
  const entries = await waiting();
  for (const till of new Set(entries.map((entry) => entry.till))) {
    const mine = entries.filter((entry) => entry.till === till).slice(0, MOST);
    const answer = await fetch("/till/journal/", {
      method: "POST",
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({ till, clock: new Date().toISOString(), entries: mine.map(said) }),
    });
    if (!answer.ok) throw new Error(`the journal was refused: ${answer.status}`);
    for (const one of (await answer.json()).entries) {
      await uploaded(one.number);
      answers.set(one.number, one);
    }
  }
  return answers;
}

function said({ till, ...entry }) {
  return entry;
}
