// The page keeps itself fresh: what changes is swapped, and whatever is being read, typed or scrolled stays as it is.
const EVERY = 2000;
const form = document.querySelector("form");
let typing;

function address() {
  const wanted = new URLSearchParams();
  for (const [name, value] of new FormData(form)) if (value) wanted.set(name, value);
  return `${location.pathname}?${wanted}`;
}

function keep(page) {
  const places = new Map();
  const held = document.activeElement;
  const [whose, letter] = [held.closest("article")?.id, held.closest("details")?.dataset.id];
  for (const phone of document.querySelectorAll("article")) {
    const open = [...phone.querySelectorAll("details[open]")].map((one) => one.dataset.id);
    places.set(phone.id, [phone.querySelector(".screen").scrollTop, open]);
  }
  for (const part of ["h1", "dl", "main", "footer"]) document.querySelector(part).replaceWith(page.querySelector(part));
  for (const [id, [top, open]] of places) {
    const phone = document.getElementById(id);
    if (!phone) continue;
    for (const one of phone.querySelectorAll("details")) one.open = open.includes(one.dataset.id);
    phone.querySelector(".screen").scrollTop = top;
  }
  const phone = whose && document.getElementById(whose);
  if (!phone) return;
  const same = [...phone.querySelectorAll("details")].find((one) => one.dataset.id === letter);
  (same?.querySelector("summary") ?? phone.querySelector(".screen")).focus({ preventScroll: true });
}

async function refresh() {
  if (document.hidden) return;
  const asked = address();
  try {
    const answer = await fetch(asked, { cache: "no-store" });
    if (!answer.ok || asked !== address()) return;
    keep(new DOMParser().parseFromString(await answer.text(), "text/html"));
    document.body.classList.remove("gone");
  } catch {
    document.querySelector("h1 small").textContent = form.dataset.gone;
  }
}

function change() {
  history.replaceState(null, "", address());
  refresh();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  change();
});
form.addEventListener("change", change);
form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(change, 250);
});
form.querySelector("button").hidden = true;
setInterval(refresh, EVERY);
