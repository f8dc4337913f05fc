// The fleet as it is now: what changed is written into the page, the rest of it stays as it stands, so that a
// button under somebody's hand is never another one.
import { $ } from "./page.js";

const EVERY_MS = 2000;
const place = $("fleet");
const KEPT = new Set(["open"]); // what people opened stays open

function become(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName || old.id !== fresh.id) return old.replaceWith(fresh);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.data !== fresh.data) old.data = fresh.data;
    return undefined;
  }
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !KEPT.has(name)) old.removeAttribute(name);
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  return becomeWithin(old, fresh);
}

const said = (node) => node.nodeType !== Node.TEXT_NODE || node.data.trim() !== ""; // a parser drops some blanks

function becomeWithin(old, fresh) {
  const is = [...old.childNodes].filter(said);
  const shall = [...fresh.childNodes].filter(said);
  shall.forEach((child, n) => (n < is.length ? become(is[n], child) : old.append(child)));
  is.slice(shall.length).forEach((child) => child.remove());
}

const told = () => $("troubles")?.textContent ?? $("fleet-away")?.textContent ?? "";

async function look() {
  const answer = await fetch(`/fleet/now${location.search}`).catch(() => null);
  if (answer?.redirected) return location.reload(); // signed out meanwhile
  $("stale").hidden = Boolean(answer?.ok);
  if (!answer?.ok) return undefined;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const before = told();
  becomeWithin(place, fresh.body);
  if (told() !== before) $("fleet-said").textContent = told(); // read out, but only when it changes
  return undefined;
}

if ("live" in place.dataset) {
  const again = () => setTimeout(() => (document.hidden ? again() : look().finally(again)), EVERY_MS);
  again();
}
