// Pages of accounts: passkeys, copying what is shown once, times in the reader's own zone.
const $ = (id) => document.getElementById(id);
const HEADERS = { "content-type": "application/json", "x-castmate": "desk" };

// On a phone the way is longer than the screen: where one is stands in it.
document.querySelector(".rail .here")?.scrollIntoView({ block: "nearest", inline: "center" });

for (const time of document.querySelectorAll("time[datetime]")) {
  const at = new Date(time.dateTime);
  time.title = time.textContent;
  time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}

for (const button of document.querySelectorAll("[data-copy]")) {
  button.addEventListener("click", async () => {
    const field = $(button.dataset.copy);
    field.select();
    if (navigator.clipboard) await navigator.clipboard.writeText(field.value).catch(() => {});
    else document.execCommand("copy"); // plain HTTP on this machine's own address
    button.textContent = button.dataset.copied;
  });
}

async function ask(path, body) {
  const answer = await fetch(path, { method: "POST", headers: HEADERS, body: body ? JSON.stringify(body) : null });
  const said = await answer.json().catch(() => ({ ok: false, why: "wrong" }));
  if (!said.ok) throw new Error(said.why ?? "wrong");
  return said;
}

function trouble(error) {
  const line = $("passkey-trouble");
  const why = error instanceof DOMException ? (error.name === "InvalidStateError" ? "known" : "gone") : error.message.replace(/^passkeys?_/, "");
  line.textContent = line.dataset[why] ?? line.dataset.wrong;
  line.hidden = false;
}

const can = window.PublicKeyCredential?.parseRequestOptionsFromJSON;

const button = $("passkey");
if (button && can) {
  button.hidden = false;
  $("passkey-or").hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      const { ceremony, options } = await ask("/sign-in/passkey/options");
      const credential = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      await ask("/sign-in/passkey", { ceremony, credential: credential.toJSON() });
      location.assign(button.dataset.next);
    } catch (error) {
      trouble(error);
      button.disabled = false;
    }
  });
}

$("new-passkey")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const [submit] = form.getElementsByTagName("button");
  submit.disabled = true;
  try {
    const { ceremony, options } = await ask("/account/passkeys/options");
    const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
    await ask("/account/passkeys", { ceremony, credential: credential.toJSON(), name: $("passkey-name").value });
    location.assign(form.dataset.said);
  } catch (error) {
    trouble(error);
    submit.disabled = false;
  }
});
