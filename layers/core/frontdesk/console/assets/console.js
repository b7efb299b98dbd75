// What pages do beyond their HTML; each works without it, only not by itself.
"use strict";

// A part with data-poll="SECONDS" is asked for again and replaced when it has changed, unless somebody types in it.
for (const part of document.querySelectorAll("[data-poll]")) {
  let tag = "", missed = 0;
  const late = document.getElementById("late");
  const look = async () => {
    if (document.hidden || part.contains(document.activeElement?.closest("form"))) return;
    try {
      const answer = await fetch(document.body.dataset.here + location.search, { headers: tag ? { "If-None-Match": tag } : {} });
      if (answer.status !== 200 && answer.status !== 304) throw answer.status;
      missed = 0;
      if (late) late.hidden = true;
      if (answer.status === 304) return;
      tag = answer.headers.get("etag") ?? "";
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
      // What somebody opened stays open.
      const opened = part.querySelectorAll("details");
      fresh?.querySelectorAll("details").forEach((one, n) => { one.open = opened[n]?.open ?? one.open; });
      if (fresh && fresh.innerHTML !== part.innerHTML) part.replaceChildren(...fresh.childNodes);
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

// What stands in a select or a date with data-go is asked for as soon as it is chosen.
document.addEventListener("change", (event) => {
  if (event.target.dataset.go !== undefined) event.target.form.requestSubmit();
});

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
  const [bar, wrong] = [form.querySelector("progress"), form.querySelector("[role=alert]")];
  chosen.hidden = false;
  named.hidden = true;
  const name = named.querySelector("input");
  name.required = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const file = chosen.querySelector("input").files[0];
    if (!file) return;
    wrong.hidden = true;
    const fields = new URLSearchParams({ csrf: form.elements.csrf.value, name: file.name, bytes: file.size });
    const answer = await fetch(form.action, { method: "POST", body: fields });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const store = page.getElementById("to-store");
    if (!store) {
      // Refused, or signed out: our page says why.
      const told = page.querySelector("p.wrong[id]") ?? page.querySelector(".said.bad p");
      if (told) wrong.textContent = told.textContent;
      wrong.hidden = false;
      return;
    }
    const body = new FormData();
    for (const field of store.querySelectorAll("input[type=hidden]")) body.append(field.name, field.value);
    body.append("file", file);
    const sending = new XMLHttpRequest();
    bar.hidden = false;
    sending.upload.onprogress = (part) => { bar.value = part.loaded / part.total; };
    sending.onload = () => (sending.status < 300 ? location.assign("/console/knowledge?done=added") : sending.onerror());
    sending.onerror = () => { bar.hidden = true; wrong.hidden = false; };
    sending.open("POST", store.getAttribute("action"));
    sending.send(body);
  });
}
