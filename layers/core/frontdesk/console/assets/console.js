// What pages do beyond their HTML; each works without it, only not by itself.
"use strict";

// A part is replaced by its newer self; who stands on something in it, or has opened something, stays there.
const known = (one) => `${one.id} ${one.getAttribute("href") ?? one.closest("form")?.getAttribute("action") ?? ""} ${one.textContent.trim()}`;
const renew = (part, fresh) => {
  const [stood, opened] = [part.contains(document.activeElement) ? known(document.activeElement) : null, [...part.querySelectorAll("details[open]")].map(known)];
  part.replaceChildren(...fresh.childNodes);
  for (const one of part.querySelectorAll("details")) if (opened.includes(known(one))) one.open = true;
  if (stood) [...part.querySelectorAll("a, button, summary")].find((one) => known(one) === stood)?.focus({ preventScroll: true });
};

// A part with data-poll="SECONDS" is asked for again and replaced when it has changed, unless somebody types in it.
for (const part of document.querySelectorAll("[data-poll]")) {
  let tag = "", missed = 0;
  const late = document.getElementById("late");
  const look = async () => {
    if (document.hidden || (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea"))) return;
    try {
      const answer = await fetch(document.body.dataset.here + location.search, { headers: tag ? { "If-None-Match": tag } : {} });
      if (answer.status !== 200 && answer.status !== 304) throw answer.status;
      missed = 0;
      if (late) late.hidden = true;
      if (answer.status === 304) return;
      tag = answer.headers.get("etag") ?? "";
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
      if (fresh && fresh.innerHTML !== part.innerHTML) renew(part, fresh);
    } catch {
      // Away for a moment, or signed out: whoever looks has to know that nothing new comes.
      if (late && ++missed >= 3) late.hidden = false;
    }
  };
  setInterval(look, 1000 * Number(part.dataset.poll));
}

// A form with data-sure asks first.
document.addEventListener("submit", (event) => {
  const sure = event.submitter?.dataset.sure ?? event.target.dataset.sure;
  if (sure && !confirm(sure)) return event.preventDefault();
  // Pressed twice is sent once.
  if (event.target.dataset.sent && event.target.method === "post") event.preventDefault();
  event.target.dataset.sent = "1";
  setTimeout(() => delete event.target.dataset.sent, 4000);
});

// What stands in a select or a date with data-go is asked for as soon as it is chosen; not by who types, and passes
// through other choices and days on the way: they have the button beside it.
let typing = false;
document.addEventListener("keydown", () => { typing = true; });
document.addEventListener("pointerdown", () => { typing = false; });
document.addEventListener("change", (event) => {
  if (event.target.dataset.go !== undefined && !typing) event.target.form.requestSubmit();
});

// A form with data-shows="ID" draws that part anew while somebody changes it, as its button `show` does.
for (const form of document.querySelectorAll("form[data-shows]")) {
  const part = document.getElementById(form.dataset.shows);
  let soon, asked = 0;
  const draw = async () => {
    const mine = ++asked;
    part.setAttribute("aria-busy", "true");
    try {
      const body = new URLSearchParams(new FormData(form));
      body.set("show", "1");
      const answer = await fetch(form.action, { method: "POST", body });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
      // An answer that a later change has overtaken is of no use.
      if (mine === asked && fresh) {
        renew(part, fresh);
        form.querySelector("[role=status]").textContent = part.querySelector("[data-heard]")?.textContent ?? "";
      }
    } catch {
      // Away for a moment: the next change asks again, and so does the button.
    }
    if (mine === asked) part.removeAttribute("aria-busy");
  };
  form.addEventListener("input", () => {
    clearTimeout(soon);
    soon = setTimeout(draw, 350);
  });
}

// A link with data-plays is heard where it stands, and its first words say what another press does.
const voice = new Audio();
let heard = null;
const hush = (words) => {
  voice.pause();
  if (heard) heard.firstElementChild.textContent = words ?? heard.dataset.words;
  heard = null;
};
voice.addEventListener("ended", () => hush());
voice.addEventListener("error", () => hush(heard?.dataset.silent));
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-plays]");
  if (!link) return;
  event.preventDefault();
  const again = heard === link;
  hush();
  if (again) return;
  heard = link;
  link.dataset.words ??= link.firstElementChild.textContent;
  link.firstElementChild.textContent = link.dataset.plays;
  voice.src = link.href;
  voice.play().catch(() => {});
});

// Of tabs that are wider than a phone, the one that is open is in sight.
const tab = document.querySelector(".tabs [aria-current]");
if (tab) tab.parentElement.scrollLeft = tab.offsetLeft - (tab.parentElement.clientWidth - tab.offsetWidth) / 2;

// The menu of narrow screens is open on wide ones, where it has no button.
const menu = document.querySelector(".side details");
if (menu) {
  const wide = matchMedia("(min-width: 52.01rem)");
  const fit = () => { menu.open = wide.matches; };
  wide.addEventListener("change", fit);
  fit();
}

// A file goes straight to the store, by the form that our own page has for it, and says how far it is.
for (const form of document.querySelectorAll("form[data-upload]")) {
  const [chosen, named] = [form.querySelector("[data-with-script]"), form.querySelector("[data-without-script]")];
  const [bar, wrong, button] = [form.querySelector("progress"), form.querySelector("[role=alert]"), form.querySelector("button")];
  chosen.hidden = false;
  named.hidden = true;
  const name = named.querySelector("input");
  name.required = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = chosen.querySelector("input").files[0];
    if (!file || button.disabled) return;
    wrong.hidden = true;
    button.disabled = true;
    const fields = new URLSearchParams({ csrf: form.elements.csrf.value, name: file.name, bytes: file.size });
    const answer = await fetch(form.action, { method: "POST", body: fields }).then((one) => one.text()).catch(() => "");
    const page = new DOMParser().parseFromString(answer, "text/html");
    const store = page.getElementById("to-store");
    if (!store) {
      // Refused, or signed out: our page says why.
      const told = page.querySelector("p.wrong[id]") ?? page.querySelector(".said.bad p");
      if (told) wrong.textContent = told.textContent;
      wrong.hidden = button.disabled = false;
      return;
    }
    const body = new FormData();
    for (const field of store.querySelectorAll("input[type=hidden]")) body.append(field.name, field.value);
    body.append("file", file);
    const sending = new XMLHttpRequest();
    bar.hidden = false;
    sending.upload.onprogress = (part) => { bar.value = part.loaded / part.total; };
    sending.onload = () => (sending.status < 300 ? location.assign("/console/knowledge?done=added") : sending.onerror());
    sending.onerror = () => { bar.hidden = true; wrong.hidden = button.disabled = false; };
    sending.open("POST", store.getAttribute("action"));
    sending.send(body);
  });
}
