// The words and pictures beside what is pointed at or focused, Enter on what can be pressed, and the word when the
// connection is lost. Everything else is the server's.
"use strict";
(() => {
  const box = document.createElement("div");
  box.id = "hover-crop";
  box.hidden = true;
  box.setAttribute("role", "tooltip");
  const picture = document.createElement("img");
  picture.alt = "";
  const words = document.createElement("p");
  box.append(picture, words);
  document.body.append(box);

  const width = 280;
  const beside = (x, y) => {
    const left = x + 20 + width > innerWidth ? x - width - 20 : x + 20;
    const top = Math.min(y + 20, innerHeight - box.offsetHeight - 8);
    box.style.left = `${Math.max(0, left)}px`;
    box.style.top = `${Math.max(0, top)}px`;
  };

  // The meaning of a thing: its words, and a crop where it has one. The same for pointer, finger and keyboard.
  let told = null;
  const tell = (marked) => {
    told = marked;
    box.hidden = !marked;
    if (!marked) return;
    const hash = marked.dataset.crop;
    picture.hidden = !hash;
    if (hash) picture.src = `/api/v1/pictures/${hash}`;
    words.textContent = marked.dataset.words;
  };
  const below = (marked) => {
    const at = marked.getBoundingClientRect();
    beside(at.left - 12, at.bottom - 14);
  };

  document.addEventListener("mouseover", (event) => {
    tell(event.target.closest?.("[data-words]"));
    if (told) beside(event.clientX, event.clientY);
  });
  document.addEventListener("mousemove", (event) => {
    if (told) beside(event.clientX, event.clientY);
  });
  document.addEventListener("focusin", (event) => {
    const marked = event.target.closest?.("[data-words]");
    tell(marked);
    if (marked) below(marked);
  });
  document.addEventListener("focusout", () => tell(null));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tell(null);
  });

  // The rail may be longer than the screen: where one is must be in sight.
  const showCurrent = (tries) => {
    const current = document.querySelector('.rail [aria-current="page"]');
    if (current) current.scrollIntoView({ block: "nearest" });
    else if (tries > 0) setTimeout(() => showCurrent(tries - 1), 100);
  };
  showCurrent(50);

  // A page without a connection must not look like one of now.
  const popup = document.getElementById("popup");
  const lost = document.getElementById("panel-script").dataset.lost;
  new MutationObserver(() => {
    const gone = popup.getAttribute("aria-hidden") === "false";
    document.body.classList.toggle("is-stale", gone);
    if (gone) {
      const moment = new Date().toTimeString().slice(0, 5);
      popup.replaceChildren(Object.assign(document.createElement("span"), { textContent: lost.replace("@", moment) }));
    }
  }).observe(popup, { attributes: true, attributeFilter: ["aria-hidden"] });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches?.("g[data-action]")) {
      event.target.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    }
  });
})();
