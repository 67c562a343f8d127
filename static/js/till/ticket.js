// Vouchers checked without a line: signed tickets (WebCrypto, Ed25519) and twelve digits.
//
// Pure: a text, the pack that the till was given, the moment and what it took in already go in; what
// it may do comes out. The same as rewards/offline/ in Python, with the same reasons.
//
// pack: {number, programme, issued_at, valid_until, keys: [{number, public}], revoked: [serial],
//   floor: {value, total, count}, rewards: [{number, key, name: {nl, en}}],
//   digits: {salt, iterations, vouchers: [{digest, serial, kind, cents, valid_from, valid_until,
//   holder}]}}. Bytes are base64url, money of the floor is a text, serials and holders are hex.
// Digests of digits: PBKDF2 with SHA-256 over the twelve digits as text, `iterations` times with the
// pack's `salt`, the first 16 bytes.

const KINDS = [
  "DISCOUNT",
  "PRODUCT",
  "GIFT",
  "DELIVERY",
  "SERVICE",
  "SAMPLES",
  "EXPERIENCE",
  "EARLY_ACCESS",
  "DONATION",
  "PARTNER",
  "TENDER",
  "MULTIPLIER",
  "CASH_CARD",
];
const VERSION = 1;
const SIZE = 26; // bytes that are signed; 64 of the signature follow
const TICKET = /^[A-Za-z0-9_-]{120}$/;
const CODE = /^(?=.*[A-Z])[0-9A-Z]{4}([ -]?[0-9A-Z]{4}){3}$/i; // can be looked up only with a line
const LONGEST_NAME = 100; // of a card, an address or a number; what is longer is a broken ticket
const SIGNED_AS = new TextEncoder().encode("trouw ticket\0");
const HOLDER_AS = new TextEncoder().encode("trouw holder\0");
const ANYBODY = "00000000";
const REWARD_BITS = 40n; // a serial is the reward's number, and forty bits of its own

const DAMM = [
  "0317598642",
  "7092154863",
  "4206871359",
  "1750983426",
  "6123045978",
  "3674209581",
  "5869720134",
  "8945362017",
  "9438617205",
  "2581436790",
];

// Why a ticket is not taken: `code` is one of those in rewards/offline/refusals.py.
export class Refused extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

const bytesOf = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));
const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const base64Of = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const centsOf = (money) => Math.round(Number(money) * 100);

// What a ticket says, whoever signed it; moments in milliseconds. Throws Refused.
export function decode(text) {
  if (!TICKET.test(text)) throw new Refused("ticket_unreadable");
  const bytes = bytesOf(text);
  const view = new DataView(bytes.buffer);
  const kind = KINDS[(bytes[0] & 15) - 1];
  if (bytes[0] >> 4 !== VERSION || !kind) throw new Refused("ticket_unreadable");
  const first = view.getUint32(7) * 1000;
  return {
    kind,
    key: bytes[1],
    programme: view.getUint16(2),
    cents: (bytes[4] << 16) | view.getUint16(5),
    valid_from: first,
    valid_until: first + ((bytes[11] << 16) | view.getUint16(12)) * 60_000,
    serial: hexOf(bytes.subarray(14, 22)),
    holder: hexOf(bytes.subarray(22, SIZE)),
    signed: bytes.subarray(0, SIZE),
    signature: bytes.subarray(SIZE),
  };
}

// The ticket, when a key of the pack signed it and it is good at `now` (ms). Throws Refused.
export async function verify(text, { pack, now }) {
  const ticket = decode(text);
  if (ticket.programme !== pack.programme) throw new Refused("ticket_of_other_programme");
  const key = pack.keys.find((one) => one.number === ticket.key);
  if (!key) throw new Refused("ticket_key_unknown");
  const made = await crypto.subtle.importKey("raw", bytesOf(key.public), "Ed25519", false, [
    "verify",
  ]);
  const said = joined(SIGNED_AS, ticket.signed);
  if (!(await crypto.subtle.verify("Ed25519", made, ticket.signature, said))) {
    throw new Refused("ticket_forged");
  }
  return inTime(ticket, now);
}

// The pack's voucher with these twelve digits, good at `now` (ms). Throws Refused.
export async function match(text, { pack, now }) {
  const digits = digitsIn(text);
  if (!digits) throw new Refused("digits_unknown");
  const digest = base64Of(await digestOf(digits, pack.digits));
  const found = pack.digits.vouchers.find((one) => one.digest === digest);
  if (!found) throw new Refused("digits_unknown");
  const { kind, cents, serial, holder } = found;
  const [valid_from, valid_until] = [Date.parse(found.valid_from), Date.parse(found.valid_until)];
  return inTime({ kind, cents, serial, holder, valid_from, valid_until }, now);
}

// The twelve digits as typed, without spaces and dashes; "" when they cannot be right.
export function digitsIn(text) {
  const digits = text.replace(/[\s.-]/g, "");
  if (!/^[0-9]{12}$/.test(digits)) return "";
  let state = 0;
  for (const digit of digits) state = Number(DAMM[state][Number(digit)]);
  return state === 0 ? digits : "";
}

export async function digestOf(digits, { salt, iterations }) {
  const secret = new TextEncoder().encode(digits);
  const key = await crypto.subtle.importKey("raw", secret, "PBKDF2", false, ["deriveBits"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytesOf(salt), iterations };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 128));
}

// Throws Refused for a voucher of one member, when the card shown is another's or none.
export async function checkHolder(voucher, card) {
  if (voucher.holder === ANYBODY) return;
  if (!card || (await holderOf(voucher.serial, card)) !== voucher.holder) {
    throw new Refused("ticket_of_other_holder");
  }
}

export async function holderOf(serial, card) {
  const number = Uint8Array.from(serial.match(/../g), (pair) => Number.parseInt(pair, 16));
  const said = joined(HOLDER_AS, number, new TextEncoder().encode(card));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", said));
  const made = hexOf(digest.subarray(0, 4));
  return made === ANYBODY ? "00000001" : made;
}

// What the floor still leaves, after `taken` [{cents}]: for one voucher, in all, and how many.
export function room(floor, taken) {
  const spent = taken.reduce((sum, one) => sum + one.cents, 0);
  const total = Math.max(0, centsOf(floor.total) - spent);
  return {
    value: Math.min(centsOf(floor.value), total),
    total,
    count: Math.max(0, floor.count - taken.length),
  };
}

// Throws Refused for a voucher that the till may not take in without a line.
export function checkFloor(pack, taken, cents, now) {
  const left = room(pack.floor, taken);
  if (now >= Date.parse(pack.valid_until)) throw new Refused("after_pack");
  if (cents > centsOf(pack.floor.value)) throw new Refused("over_floor_value");
  if (left.count < 1) throw new Refused("over_floor_count");
  if (cents > left.total) throw new Refused("over_floor_total");
}

const OUTCOMES = {
  ticket_not_yet_valid: "EARLY",
  ticket_expired: "LATE",
  ticket_of_other_holder: "HOLDER",
  voucher_revoked: "REVOKED",
  voucher_taken: "USED",
  after_pack: "FLOOR",
  over_floor_value: "FLOOR",
  over_floor_count: "FLOOR",
  over_floor_total: "FLOOR",
  no_line: "FLOOR",
};

// What was scanned or typed, and what the till does with it: {outcome: GOOD, code, serial, cents,
// kind, label}, {outcome: NOT_A_VOUCHER}, or another outcome with its `reason`. `taken` is what this
// till took in since its pack ([{serial, cents}]), `card` the customer's, `now` in milliseconds.
export async function check(text, { pack, now, taken = [], card = "", language = spoken() }) {
  const said = text.trim();
  const isTicket = TICKET.test(said);
  if (!isTicket && said.length > LONGEST_NAME) return refused("ticket_unreadable");
  if (!isTicket && CODE.test(said)) return refused("no_line");
  if (!isTicket && !digitsIn(said)) return { outcome: "NOT_A_VOUCHER" };
  if (!pack || !globalThis.crypto?.subtle) return refused("no_line");
  try {
    const voucher = await (isTicket ? verify : match)(said, { pack, now });
    if (pack.revoked.includes(voucher.serial)) throw new Refused("voucher_revoked");
    if (taken.some((one) => one.serial === voucher.serial)) throw new Refused("voucher_taken");
    await checkHolder(voucher, cardIn(card));
    checkFloor(pack, taken, voucher.cents, now);
    const { kind, cents, serial } = voucher;
    const code = isTicket ? said : digitsIn(said);
    return { outcome: "GOOD", code, serial, cents, kind, label: label(pack, serial, language) };
  } catch (refusal) {
    if (!(refusal instanceof Refused)) throw refusal;
    return refused(refusal.code);
  }
}

const refused = (reason) => ({ outcome: OUTCOMES[reason] || "BAD", reason });

const spoken = () => globalThis.document?.documentElement.lang || "nl";

const cardIn = (text) => text.replace(/^card:/i, "").replace(/[\s-]/g, "");

function label(pack, serial, language) {
  const number = Number(BigInt(`0x${serial}`) >> REWARD_BITS);
  const reward = pack.rewards.find((one) => one.number === number);
  return reward ? reward.name[language === "nl" ? "nl" : "en"] : "";
}

function inTime(voucher, now) {
  if (now < voucher.valid_from) throw new Refused("ticket_not_yet_valid");
  if (now >= voucher.valid_until) throw new Refused("ticket_expired");
  return voucher;
}

function joined(...parts) {
  const all = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let place = 0;
  for (const part of parts) {
    all.set(part, place);
    place += part.length;
  }
  return all;
}
