// The till without a line: checks vouchers by itself, within its floor, and notes what happened.

import { check } from "./ticket.js";
import { play } from "./sound.js";
import { kept, note, waiting, waits } from "./store.js";
import { listenForScanner } from "./wedge.js";

const find = (mark) => document.querySelector(`[data-${mark}]`);
const word = (name, value = "") =>
  find("words").querySelector(`[data-word="${name}"]`).textContent.replace("%s", value);

const fields = { scan: find("scan"), amount: document.getElementById("amount") };
const sale = { customer: "", vouchers: [] };
let given; // {till, pack, fetched}, or nothing
let euro;

function answer(name, { refused = false, value = "" } = {}) {
  const box = find("answer");
  box.textContent = word(name, value);
  box.classList.toggle("till-refused", refused);
  box.hidden = false;
  play(refused ? "refused" : "done");
}

function show() {
  const who = find("customer");
  who.hidden = !sale.customer;
  who.textContent = word("customer", sale.customer);
  const rows = sale.vouchers.map((voucher) => {
    const row = document.createElement("li");
    row.className = "row";
    row.textContent = `${voucher.label} ${euro.format(voucher.cents / 100)}`.trim();
    return row;
  });
  find("vouchers").replaceChildren(...rows);
}

async function count() {
  find("count").textContent = String(await waits());
}

// A voucher's code is a ticket or twelve digits; all else names a customer, who is looked up later.
async function scanned(text) {
  const now = Date.now();
  const taken = [
    ...(await waiting()).filter((entry) => entry.kind === "USE").map((entry) => entry.body),
    ...sale.vouchers,
  ];
  const seen = await check(text, { pack: given.pack, now, taken, card: sale.customer });
  if (seen.outcome === "NOT_A_VOUCHER") {
    sale.customer = text;
    answer("customer", { value: text });
  } else if (seen.outcome === "GOOD") {
    sale.vouchers.push(seen);
    answer("voucher", { value: euro.format(seen.cents / 100) });
  } else {
    answer(seen.outcome.toLowerCase(), { refused: true });
  }
  show();
}

// What was typed as an amount, with a point; "" for what is none.
function amountOf(text) {
  const plain = text.trim().replace(",", ".");
  return /^\d{1,7}(\.\d{1,2})?$/.test(plain) ? Number(plain).toFixed(2) : "";
}

async function noteSale(receipt) {
  const amount = amountOf(fields.amount.value);
  if (!amount && !sale.vouchers.length) {
    answer("amount", { refused: true });
    fields.amount.focus();
    return;
  }
  const happened_at = new Date().toISOString();
  const { till, pack: { number: pack } } = given;
  for (const { code, serial, cents } of sale.vouchers) {
    const body = { code, serial, cents, receipt, member: sale.customer };
    await note({ till, pack, kind: "USE", happened_at, body });
  }
  if (amount) {
    const body = { receipt, amount, member: sale.customer };
    await note({ till, pack, kind: "SALE", happened_at, body });
  }
  sale.customer = "";
  sale.vouchers = [];
  answer("noted");
}

function listen() {
  listenForScanner(fields.scan);
  find("scanning").addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = fields.scan.value.trim();
    fields.scan.value = "";
    fields.scan.focus(); // before the check: who types on meanwhile stays where they are
    if (text) await scanned(text);
  });
  find("sale").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const typed = document.getElementById("receipt").value.trim();
    try {
      await noteSale(typed || `p-${crypto.randomUUID().slice(0, 8)}`);
    } catch {
      answer("full", { refused: true });
      return;
    }
    form.reset();
    show();
    await count();
    fields.scan.focus();
  });
  for (const button of document.querySelectorAll("button[disabled]")) button.disabled = false;
}

async function begin() {
  given = await kept("pack");
  await count();
  if (!given) {
    find("never").hidden = false; // whose till it would be is not known either
    return;
  }
  find("stale").hidden = Date.parse(given.pack.valid_until) > Date.now();
  const currency = given.pack.currency || "EUR";
  euro = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency });
  listen();
}

begin();
