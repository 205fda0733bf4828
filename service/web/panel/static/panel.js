// The picture beside the pointer on the roll map, Enter on what can be pressed, and the word when the connection
// is lost. Everything else is the server's.
"use strict";
(() => {
  const box = document.createElement("div");
  box.id = "hover-crop";
  box.hidden = true;
  const picture = document.createElement("img");
  picture.alt = "";
  const words = document.createElement("p");
  box.append(picture, words);
  document.body.append(box);

  const place = (event) => {
    const left = event.clientX + 20 + 280 > innerWidth ? event.clientX - 300 : event.clientX + 20;
    const top = Math.min(event.clientY + 20, innerHeight - 250);
    box.style.left = `${Math.max(0, left)}px`;
    box.style.top = `${Math.max(0, top)}px`;
  };

  document.addEventListener("mouseover", (event) => {
    const marked = event.target.closest?.("[data-words]");
    if (!marked) {
      box.hidden = true;
      return;
    }
    const hash = marked.dataset.crop;
    picture.hidden = !hash;
    if (hash) picture.src = `/api/v1/pictures/${hash}`;
    words.textContent = marked.dataset.words;
    place(event);
    box.hidden = false;
  });

  document.addEventListener("mousemove", (event) => {
    if (!box.hidden) place(event);
  });

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
