// A verification: its progress as it comes, then the page again with the verdict that the server keeps.
const $ = (id) => document.getElementById(id);
const words = JSON.parse($("words").textContent);
const button = $("verify");

function told(text, bad) {
  const line = document.createElement("p");
  line.className = bad ? "note bad" : "quiet";
  line.textContent = text;
  $("verdict").replaceChildren(line);
}

async function* lines(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop();
    yield* parts.filter(Boolean).map((part) => JSON.parse(part));
  }
}

async function verify() {
  const answer = await fetch(button.dataset.path, { method: "POST", headers: { "x-castmate": "desk" } });
  if (!answer.ok) {
    const said = await answer.json().catch(() => ({}));
    return told(said.why ?? words.ev_verify_lost, true);
  }
  for await (const line of lines(answer.body)) {
    if (line.why) return told(line.why, true);
    if (line.verdict) {
      const back = new URL(location.href);
      back.hash = "proof";
      history.replaceState(null, "", back);
      return location.reload();
    }
    $("bar").value = line.share;
    $("bar-of").textContent = words[`ev_verify_${line.what}`];
  }
  told(words.ev_verify_lost, true);
}

button?.addEventListener("click", async () => {
  button.disabled = true;
  $("bar").value = 0;
  $("progress").hidden = false;
  try {
    await verify();
  } catch {
    told(words.ev_verify_lost, true);
  } finally {
    button.disabled = false;
    $("progress").hidden = true;
  }
});
